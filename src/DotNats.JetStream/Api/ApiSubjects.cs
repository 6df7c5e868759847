namespace DotNats.JetStream.Api;

/// <summary>Subjects of the API (wire reference section 9).</summary>
internal static class ApiSubjects
{
    public const string All = "$JS.API.>";
    public const string AccountInfo = "$JS.API.INFO";
    public const string AccountPurge = "$JS.API.ACCOUNT.PURGE.*";
    public const string StreamCreate = "$JS.API.STREAM.CREATE.*";
    public const string StreamUpdate = "$JS.API.STREAM.UPDATE.*";
    public const string StreamNames = "$JS.API.STREAM.NAMES";
    public const string StreamList = "$JS.API.STREAM.LIST";
    public const string StreamInfo = "$JS.API.STREAM.INFO.*";
    public const string StreamDelete = "$JS.API.STREAM.DELETE.*";
    public const string StreamPurge = "$JS.API.STREAM.PURGE.*";
    public const string StreamSnapshot = "$JS.API.STREAM.SNAPSHOT.*";
    public const string StreamRestore = "$JS.API.STREAM.RESTORE.*";
    public const string StreamRemovePeer = "$JS.API.STREAM.PEER.REMOVE.*";
    public const string StreamEvacuatePeer = "$JS.API.STREAM.PEER.EVACUATE.*";
    public const string StreamCancelMove = "$JS.API.STREAM.CANCEL_MOVE.*";
    public const string StreamStepDown = "$JS.API.STREAM.LEADER.STEPDOWN.*";
    public const string ConsumerStepDown = "$JS.API.CONSUMER.LEADER.STEPDOWN.*.*";
    public const string MessageDelete = "$JS.API.STREAM.MSG.DELETE.*";
    public const string MessageGet = "$JS.API.STREAM.MSG.GET.*";
    public const string ConsumerCreate = "$JS.API.CONSUMER.CREATE.*";
    public const string ConsumerCreateNamed = "$JS.API.CONSUMER.CREATE.*.>";
    public const string ConsumerDurableCreate = "$JS.API.CONSUMER.DURABLE.CREATE.*.*";
    public const string ConsumerNames = "$JS.API.CONSUMER.NAMES.*";
    public const string ConsumerList = "$JS.API.CONSUMER.LIST.*";
    public const string ConsumerInfo = "$JS.API.CONSUMER.INFO.*.*";
    public const string ConsumerDelete = "$JS.API.CONSUMER.DELETE.*.*";
    public const string ConsumerPause = "$JS.API.CONSUMER.PAUSE.*.*";
    public const string ConsumerUnpin = "$JS.API.CONSUMER.UNPIN.*.*";
    public const string ConsumerReset = "$JS.API.CONSUMER.RESET.*.*";

    /// <summary>Direct get of a stream, and with a subject behind it.</summary>
    public static string DirectGet(string stream) => $"$JS.API.DIRECT.GET.{stream}";

    public static string DirectGetBySubject(string stream) => $"$JS.API.DIRECT.GET.{stream}.>";
}
