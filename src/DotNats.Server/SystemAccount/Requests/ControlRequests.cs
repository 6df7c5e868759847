using DotNats.Protocol.Text;
using DotNats.Server.Connections;
using DotNats.Server.InternalClients;

namespace DotNats.Server.SystemAccount;

/// <summary>Requests that change something: read the configuration again, send a client away.</summary>
// Owner: SystemServices.
internal sealed class ControlRequests(ServerCore server, RequestServer requests)
{
    private const string NothingToReload = "can only reload config when a file is provided using -c or --config";

    private static readonly GoJsonField[] ClientId = [new("cid", GoJsonKind.Identifier)];

    /// <summary><c>$SYS.REQ.SERVER.&lt;id&gt;.KICK</c> with <c>{"cid":n}</c>: closes a connection.</summary>
    public void Kick(InternalMessage request)
    {
        if (!TryReadClient(request, "server.KickClientReq", out ulong id)) return;
        if (!server.Connections.TryGet(id, out Connection? connection))
        {
            requests.Respond(request, ReplyContent.Failed("no such client or leafnode id", hasData: false));
            return;
        }

        connection.Close(CloseReason.Kicked);
        requests.Respond(request, ReplyContent.Done);
    }

    /// <summary><c>$SYS.REQ.SERVER.&lt;id&gt;.LDM</c> with <c>{"cid":n}</c>: asks one client to go elsewhere.</summary>
    public void LameDuck(InternalMessage request)
    {
        if (!TryReadClient(request, "server.LDMClientReq", out ulong id)) return;
        if (!server.Connections.TryGet(id, out Connection? connection) || connection.Session is not MemberSession)
        {
            requests.Respond(request, ReplyContent.Failed("no such client id", hasData: false));
            return;
        }

        if (connection.Session is not ClientSession { Options.Protocol: >= 1, Pings.HasAnsweredPing: true } client)
        {
            const string NotReady = "client does not support Lame Duck Mode or is not ready to receive the notification";
            requests.Respond(request, ReplyContent.Failed(NotReady, hasData: false));
            return;
        }

        client.Login.SendLameDuckInfo();
        requests.Respond(request, ReplyContent.Done);
    }

    /// <summary><c>$SYS.REQ.SERVER.&lt;id&gt;.RELOAD</c>: reads the configuration again, where there is a file.</summary>
    public void Reload(InternalMessage request)
    {
        if (requests.TryRead(request, RequestSchema.FilterOnly, out _)) _ = ReloadAsync(request);
    }

    private async Task ReloadAsync(InternalMessage request)
    {
        ReplyContent content = ReplyContent.Done;
        try
        {
            if (server.ReloadRequested is { } reload) await reload().ConfigureAwait(false);
            else content = ReplyContent.Failed(NothingToReload, hasData: false);
        }
        catch (Exception exception)
        {
            // Whatever the host says went wrong is the answer.
            content = ReplyContent.Failed(exception.Message, hasData: false);
        }

        requests.Respond(request, content);
    }

    // Compat: a body that is no JSON is not answered, only logged.
    private bool TryReadClient(InternalMessage request, string typeName, out ulong id)
    {
        GoJsonObject body = GoJsonObject.Read(request.Payload, typeName, ClientId, out string? error);
        id = body.Identifier("cid");
        if (error is null) return requests.TryRead(request, RequestSchema.FilterOnly, out _);
        SystemLog.BadRequest(server.Logger, $"Error unmarshalling kick client request: {error}");
        return false;
    }
}
