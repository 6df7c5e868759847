using DotNats.JetStream.Accounts;
using DotNats.JetStream.Service;
using DotNats.Server;
using DotNats.Server.Accounts;

namespace DotNats.JetStream.Api;

/// <summary>Requests of the system account itself, about accounts of others.</summary>
internal sealed class SystemHandlers(ServerCore server, JetStreamService service)
{
    // Token of the subject that names the account.
    private const int AccountToken = 4;

    /// <summary><c>$JS.API.ACCOUNT.PURGE.&lt;account&gt;</c>: deletes all of its streams.</summary>
    public ApiRoute AccountPurge => new(ApiSubjects.AccountPurge, ApiAnswers.TypePrefix + "account_purge_response", PurgeAsync) { IsForAll = true };

    private async ValueTask<ApiAnswer?> PurgeAsync(ApiRequest request)
    {
        string type = request.Route.Type;
        string name = request.Subject.Split('.')[AccountToken];
        if (name.AsSpan().ContainsAny('\\', '/'))
            return ApiAnswers.Error(type, ApiErrors.StreamGeneral.With(("{err}", "account name can not contain path separators")));
        JetStreamAccount? streams = server.Accounts.TryGet(name, out Account? account) ? service.Find(account) : null;
        string[] names = [.. streams?.Streams.Select(static stream => stream.Name) ?? [], .. streams?.Inert.Select(static stream => stream.Name) ?? []];
        ApiLog.AccountPurge(server.Logger, name, names.Length, account is not null);
        foreach (string stream in names)
        {
            if (await service.Changes.DeleteAsync(streams!, stream).ConfigureAwait(false) is { } error) return ApiAnswers.Error(type, error);
        }

        return ApiAnswers.Success(type, static json => json.WriteBoolean("initiated"u8, true));
    }
}
