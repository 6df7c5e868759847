using System.Buffers;
using System.Text.Json;
using DotNats.Protocol.Text;
using DotNats.Server.InternalClients;

namespace DotNats.Server.SystemAccount;

/// <summary>Answers one request from its options.</summary>
internal delegate ReplyContent RequestAnswer(GoJsonObject options, InternalMessage request);

/// <summary>Reads requests and sends answers: options, filter, envelope, compression.</summary>
// Owner: SystemServices; called by the runners of its clients. Stateless.
internal sealed class RequestServer(ServerCore server, SystemServices services)
{
    /// <summary>The handler of one kind of request.</summary>
    public Action<InternalMessage> Handler(RequestSchema schema, RequestAnswer answer) => request =>
    {
        if (TryRead(request, schema, out GoJsonObject options)) Respond(request, answer(options, request));
    };

    /// <summary>Reads the options; false where nothing is left to do: nobody wants an answer, it is for other servers, or was answered with an error.</summary>
    public bool TryRead(InternalMessage request, RequestSchema schema, out GoJsonObject options)
    {
        options = GoJsonObject.Empty;
        if (services.Sender.IsSilent || request.Reply.Length == 0) return false;
        if (request.Payload.IsEmpty) return true;
        options = GoJsonObject.Read(request.Payload, schema.TypeName, schema.Fields, out string? error);
        if (error is null) return !RequestSchema.IsForOthers(server, options);
        Respond(request, ReplyContent.BadRequest(error));
        return false;
    }

    /// <summary>Sends <c>{"server":…,"data":…}</c> or an error, compressed where the request asks for it.</summary>
    public void Respond(InternalMessage request, ReplyContent content)
    {
        if (ReferenceEquals(content, ReplyContent.None) || request.Reply.Length == 0) return;
        var members = new ArrayBufferWriter<byte>(2048);
        using (Utf8JsonWriter json = SystemJson.CreateWriter(members))
        {
            json.WriteStartObject();
            content.Write(json);
            json.WriteEndObject();
        }

        string? encoding = content.IsError ? null : ContentEncoding.Choose(MessageHeaders.Find(request.Headers, "Accept-Encoding"u8));
        services.Sender.PostAnswer(services.Account, request.Reply, members.WrittenMemory, encoding);
    }

    /// <summary>Sends an answer that has no envelope.</summary>
    public void RespondRaw(InternalMessage request, ReadOnlyMemory<byte> payload)
    {
        if (request.Reply.Length > 0) services.Sender.PostBytes(services.Account, request.Reply, payload);
    }
}
