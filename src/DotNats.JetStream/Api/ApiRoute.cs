using System.Text.Json;

namespace DotNats.JetStream.Api;

/// <summary>One kind of request.</summary>
/// <param name="Subject">Filter of its subjects.</param>
/// <param name="Type">Value of <c>type</c> in its answers.</param>
/// <param name="Handle">Answers; null says nothing.</param>
internal sealed record ApiRoute(string Subject, string Type, Func<ApiRequest, ValueTask<ApiAnswer?>> Handle)
{
    /// <summary>Token of the subject that names the stream.</summary>
    public int StreamToken { get; init; } = 4;

    /// <summary>Its answers are pages of something.</summary>
    public bool IsPaged { get; init; }

    /// <summary>Compat: what refusals have beside the error, because successes have it.</summary>
    public Action<Utf8JsonWriter>? RefusalMembers { get; init; }

    /// <summary>Waits behind requests that change something.</summary>
    public bool IsInformation { get; init; }

    /// <summary>Answered also for accounts without JetStream, by the handler itself.</summary>
    public bool IsForAll { get; init; }
}
