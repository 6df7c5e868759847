using System.Text;

namespace DotNats.Server.SystemAccount;

/// <summary>Subjects of the system account (wire reference section 8).</summary>
internal static class SystemSubjects
{
    public const string PingServers = "$SYS.REQ.SERVER.PING";
    public const string SubscriberCounts = "$SYS.REQ.ACCOUNT.NSUBS";
    public const string DebugSubscribers = "$SYS.DEBUG.SUBSCRIBERS";
    public const string UserInfo = "$SYS.REQ.USER.INFO";
    public const string AccountAuthenticationError = "$SYS.ACCOUNT.CLIENT.AUTH.ERR";

    public static string Connect(string account) => $"$SYS.ACCOUNT.{account}.CONNECT";

    public static string Disconnect(string account) => $"$SYS.ACCOUNT.{account}.DISCONNECT";

    public static string AccountConnections(string account) => $"$SYS.ACCOUNT.{account}.SERVER.CONNS";

    /// <summary>The same under its name from before 2.0.</summary>
    public static string OldAccountConnections(string account) => $"$SYS.SERVER.ACCOUNT.{account}.CONNS";

    public static string Statistics(string serverId) => $"$SYS.SERVER.{serverId}.STATSZ";

    public static string Shutdown(string serverId) => $"$SYS.SERVER.{serverId}.SHUTDOWN";

    public static string LameDuck(string serverId) => $"$SYS.SERVER.{serverId}.LAMEDUCK";

    public static string AuthenticationError(string serverId) => $"$SYS.SERVER.{serverId}.CLIENT.AUTH.ERR";

    /// <summary>A request to one server, or with PING to all.</summary>
    public static string ServerRequest(string serverId, string name) => $"$SYS.REQ.SERVER.{serverId}.{name}";

    public static string AccountRequest(string account, string name) => $"$SYS.REQ.ACCOUNT.{account}.{name}";

    public static string UserRequest(string account) => $"$SYS.REQ.USER.{account}.INFO";

    /// <summary>One token of a subject; empty where it has fewer.</summary>
    public static string Token(ReadOnlySpan<byte> subject, int index)
    {
        for (; index > 0; index--)
        {
            int dot = subject.IndexOf((byte)'.');
            if (dot < 0) return "";
            subject = subject[(dot + 1)..];
        }

        int end = subject.IndexOf((byte)'.');
        return Encoding.UTF8.GetString(end < 0 ? subject : subject[..end]);
    }
}
