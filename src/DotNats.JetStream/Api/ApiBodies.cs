using System.Diagnostics.CodeAnalysis;
using DotNats.Protocol.Text;
using DotNats.Server;

namespace DotNats.JetStream.Api;

/// <summary>Reads bodies of requests: strictly, or passing over members that are not known (<c>strict: false</c>).</summary>
internal sealed class ApiBodies(ServerCore server)
{
    /// <summary>Reads a body; false, with the answer, where it is none.</summary>
    public bool TryRead<T>(ApiRequest request, GoJsonStruct<T> type, T start, [MaybeNullWhen(false)] out T body, out ApiAnswer? refusal)
    {
        refusal = null;
        body = type.ReadStream(request.Payload, start, out string? error);
        if (error is null) return true;
        ApiLog.InvalidRequest(server.Logger, request.Account!.Name, request.Subject, error);
        if (!server.Options.JetStream.Strict) body = type.ReadWhole(request.Payload, start, out error);
        if (error is null) return true;
        refusal = ApiAnswers.Error(request.Route, ApiErrors.InvalidJSON.With(("{err}", error)));
        return false;
    }

    /// <summary>The same for a body that may be left out: what is no JSON is none.</summary>
    public bool TryReadOptional<T>(ApiRequest request, GoJsonStruct<T> type, T start, [MaybeNullWhen(false)] out T body, out ApiAnswer? refusal)
    {
        if (request.HasJson) return TryRead(request, type, start, out body, out refusal);
        (body, refusal) = (start, null);
        return true;
    }
}
