namespace DotNats.Storage;

/// <summary>The numbers of a log as its index keeps them.</summary>
internal readonly record struct LogCounters(
    ulong Messages, ulong Bytes, ulong FirstSequence, long FirstTime, ulong LastSequence, long LastTime, ulong Lost, ulong AgingSequence, long AgingTime);
