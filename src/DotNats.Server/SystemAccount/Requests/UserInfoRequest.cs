using DotNats.Security;
using DotNats.Server.Accounts;
using DotNats.Server.Connections;
using DotNats.Server.InternalClients;
using DotNats.Server.Monitoring;

namespace DotNats.Server.SystemAccount;

/// <summary><c>$SYS.REQ.USER.INFO</c>: who am I and what may I do?</summary>
// Owner: SystemServices. Every account imports it and shares who asks.
internal sealed class UserInfoRequest(ServerCore server, RequestServer requests)
{
    public void Answer(InternalMessage request)
    {
        if (request.Reply.Length == 0) return;
        RequestInfo info = RequestInfo.Read(request.Headers, out string? error);
        requests.Respond(request, error is null ? Describe(info, request.Origin?.Session as MemberSession) : ReplyContent.BadRequest(null));
    }

    // Whole seconds, in nanoseconds; what is less is not told.
    private long? TimeUntil(DateTimeOffset end)
    {
        long seconds = (end - server.Time.GetUtcNow()).Ticks / TimeSpan.TicksPerSecond;
        return seconds == 0 ? null : seconds * (TimeSpan.NanosecondsPerTick * TimeSpan.TicksPerSecond);
    }

    private ReplyContent Describe(RequestInfo info, MemberSession? client)
    {
        bool isKnown = server.Accounts.TryGet(info.Account, out Account? account);
        var reply = new UserInfoReply
        {
            User = info.User,
            Account = info.Account,
            AccountName = isKnown ? new AccountMonitor(server, account!).NameTag : null,
            UserName = info.NameTag.Length > 0 ? info.NameTag : null,
            Permissions = client?.Permissions is { } permissions ? UserPermissions.Of(permissions.Source) : null,
            Expires = client?.Login.Identity?.ExpiresAt is { } end ? TimeUntil(end) : null,
        };
        return ReplyContent.Of(reply, SystemJson.Compact.UserInfoReply);
    }
}

/// <summary>What a client is told of itself.</summary>
internal sealed record UserInfoReply
{
    public required string User { get; init; }

    public required string Account { get; init; }

    public string? AccountName { get; init; }

    public string? UserName { get; init; }

    /// <summary>Null for no restriction.</summary>
    public UserPermissions? Permissions { get; init; }

    /// <summary>Nanoseconds, whole seconds; null for never.</summary>
    public long? Expires { get; init; }
}

/// <summary>Permissions as they are shown to their user.</summary>
internal sealed record UserPermissions(UserSubjects Publish, UserSubjects Subscribe, UserResponses? Responses)
{
    public static UserPermissions Of(PermissionSet source) => new(
        UserSubjects.Of(source.Publish),
        UserSubjects.Of(source.Subscribe),
        source.Responses is { } responses ? new UserResponses(responses.MaxMessages, responses.Expires.Ticks * TimeSpan.NanosecondsPerTick) : null);
}

/// <summary>Subjects in one direction; null where there are none.</summary>
internal sealed record UserSubjects(IReadOnlyList<string>? Allow, IReadOnlyList<string>? Deny)
{
    public static UserSubjects Of(SubjectPermission? source) => new(NullIfEmpty(source?.Allow), NullIfEmpty(source?.Deny));

    private static IReadOnlyList<string>? NullIfEmpty(IReadOnlyList<string>? list) => list is { Count: > 0 } ? list : null;
}

/// <summary>Leave to answer.</summary>
/// <param name="Ttl">Nanoseconds.</param>
internal sealed record UserResponses(int Max, long Ttl);
