using System.Text;
using DotNats.Protocol.Text;
using DotNats.Server.InternalClients;

namespace DotNats.Server.SystemAccount;

/// <summary>Who asks, as a service import tells it in <c>Nats-Request-Info</c>. Empty texts where it tells nothing.</summary>
internal sealed record RequestInfo(string Account, string Service, string User, string NameTag)
{
    private static readonly GoJsonField[] Fields =
        [new("acc", GoJsonKind.Text), new("svc", GoJsonKind.Text), new("user", GoJsonKind.Text), new("name_tag", GoJsonKind.Text)];

    /// <summary>Reads the header; <paramref name="error"/> is not null where it is no JSON.</summary>
    public static RequestInfo Read(ReadOnlySpan<byte> headers, out string? error)
    {
        error = null;
        GoJsonObject info = MessageHeaders.Find(headers, "Nats-Request-Info"u8) is { } text
            ? GoJsonObject.Read(Encoding.UTF8.GetBytes(text), "server.ClientInfo", Fields, out error)
            : GoJsonObject.Empty;
        return new RequestInfo(info.Text("acc"), info.Text("svc"), info.Text("user"), info.Text("name_tag"));
    }
}
