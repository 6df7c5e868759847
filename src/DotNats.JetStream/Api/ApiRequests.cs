using System.Diagnostics.CodeAnalysis;
using DotNats.Protocol.Text;

namespace DotNats.JetStream.Api;

/// <summary>Body of requests for lists of streams or consumers.</summary>
internal sealed record PageRequest
{
    public static GoJsonStruct<PageRequest> StreamNames { get; } = Streams("server.JSApiStreamNamesRequest");

    public static GoJsonStruct<PageRequest> StreamList { get; } = Streams("server.JSApiStreamListRequest");

    public static GoJsonStruct<PageRequest> Consumers { get; } = new("server.JSApiConsumersRequest", Offset);

    public long First { get; init; }

    /// <summary>Only streams that take some of these subjects; empty for all.</summary>
    public string Subject { get; init; } = "";

    private static (string Name, GoJsonMember<PageRequest> Read) Offset => ("offset", static (ref json, value) => value with { First = json.Whole(value.First, "int") });

    private static GoJsonStruct<PageRequest> Streams(string typeName) =>
        new(typeName, Offset, ("subject", static (ref json, value) => value with { Subject = json.Text(value.Subject) }));
}

/// <summary>Body of a request about one stream.</summary>
internal sealed record StreamInfoRequest
{
    public static GoJsonStruct<StreamInfoRequest> Body { get; } = new("server.JSApiStreamInfoRequest",
        ("offset", static (ref json, value) => value with { Offset = json.Whole(value.Offset, "int") }),
        ("deleted_details", static (ref json, value) => value with { DeletedDetails = json.Flag(value.DeletedDetails) }),
        ("subjects_filter", static (ref json, value) => value with { SubjectsFilter = json.Text(value.SubjectsFilter) }));

    public long Offset { get; init; }

    public bool DeletedDetails { get; init; }

    /// <summary>Subjects to be listed; empty for none.</summary>
    public string SubjectsFilter { get; init; } = "";
}

/// <summary>Body of a request to remove messages.</summary>
internal sealed record PurgeRequest
{
    public static GoJsonStruct<PurgeRequest> Body { get; } = new("server.JSApiStreamPurgeRequest",
        ("seq", static (ref json, value) => value with { Before = json.Natural(value.Before) }),
        ("filter", static (ref json, value) => value with { Filter = json.Text(value.Filter) }),
        ("keep", static (ref json, value) => value with { Keep = json.Natural(value.Keep) }));

    public ulong Before { get; init; }

    public string Filter { get; init; } = "";

    public ulong Keep { get; init; }
}

/// <summary>Body of a request to remove one message.</summary>
internal sealed record MessageDeleteRequest
{
    public static GoJsonStruct<MessageDeleteRequest> Body { get; } = new("server.JSApiMsgDeleteRequest",
        ("seq", static (ref json, value) => value with { Sequence = json.Natural(value.Sequence) }),
        ("no_erase", static (ref json, value) => value with { NoErase = json.Flag(value.NoErase) }));

    public ulong Sequence { get; init; }

    public bool NoErase { get; init; }
}

/// <summary>Body of a request for messages, by the API or directly.</summary>
internal sealed record MessageGetRequest
{
    public static GoJsonStruct<MessageGetRequest> Body { get; } = new("server.JSApiMsgGetRequest",
        ("seq", static (ref json, value) => value with { Sequence = json.Natural(value.Sequence) }),
        ("last_by_subj", static (ref json, value) => value with { LastFor = json.Text(value.LastFor) }),
        ("next_by_subj", static (ref json, value) => value with { NextFor = json.Text(value.NextFor) }),
        ("batch", static (ref json, value) => value with { Batch = json.Whole(value.Batch, "int") }),
        ("max_bytes", static (ref json, value) => value with { MaxBytes = json.Whole(value.MaxBytes, "int") }),
        ("start_time", static (ref json, value) => value with { StartTime = json.Time(value.StartTime) }),
        ("multi_last", static (ref json, value) => value with { MultiLast = json.Texts(value.MultiLast) }),
        ("up_to_seq", static (ref json, value) => value with { UpToSequence = json.Natural(value.UpToSequence) }),
        ("up_to_time", static (ref json, value) => value with { UpToTime = json.Time(value.UpToTime) }),
        ("no_hdr", static (ref json, value) => value with { NoHeaders = json.Flag(value.NoHeaders) }));

    public ulong Sequence { get; init; }

    public string LastFor { get; init; } = "";

    public string NextFor { get; init; } = "";

    public long Batch { get; init; }

    public long MaxBytes { get; init; }

    public GoTime? StartTime { get; init; }

    public IReadOnlyList<string> MultiLast { get; init; } = [];

    public ulong UpToSequence { get; init; }

    public GoTime? UpToTime { get; init; }

    public bool NoHeaders { get; init; }

    /// <summary>It does not say which message.</summary>
    public bool NamesNothing => Sequence == 0 && LastFor.Length == 0 && NextFor.Length == 0 && MultiLast.Count == 0 && StartTime is null;

    /// <summary>Reads the body of a direct get, whose unknown members are passed over; false where it is none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, [NotNullWhen(true)] out MessageGetRequest? request)
    {
        request = Body.ReadWhole(json, new MessageGetRequest(), out string? error);
        if (error is null) return true;
        request = null;
        return false;
    }
}

/// <summary>Body of a request to pause a consumer, or to let it go on.</summary>
internal sealed record ConsumerPauseRequest
{
    public static GoJsonStruct<ConsumerPauseRequest> Body { get; } = new("server.JSApiConsumerPauseRequest",
        ("pause_until", static (ref json, value) => value with { Until = json.Time(value.Until) ?? value.Until }));

    /// <summary>The zero time for nothing.</summary>
    public GoTime Until { get; init; }
}

/// <summary>Body of a request to let another client of a group be pinned.</summary>
internal sealed record ConsumerUnpinRequest
{
    public static GoJsonStruct<ConsumerUnpinRequest> Body { get; } = new("server.JSApiConsumerUnpinRequest",
        ("group", static (ref json, value) => value with { Group = json.Text(value.Group) }));

    public string Group { get; init; } = "";
}

/// <summary>Body of a request to let a consumer begin again elsewhere.</summary>
internal sealed record ConsumerResetRequest
{
    public static GoJsonStruct<ConsumerResetRequest> Body { get; } = new("server.JSApiConsumerResetRequest",
        ("seq", static (ref json, value) => value with { Sequence = json.Natural(value.Sequence) }));

    /// <summary>0 for the one behind the acknowledgement floor.</summary>
    public ulong Sequence { get; init; }
}
