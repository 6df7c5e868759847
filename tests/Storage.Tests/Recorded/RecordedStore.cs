namespace Storage.Tests;

/// <summary>Files that nats-server 2.15.1 wrote: the stream ORDERS of account $G, once for each way of storing it.</summary>
/// <remarks>
/// <c>plain</c>, <c>s2</c> (compressed), <c>chacha</c>, <c>aes</c> (both with the key "first key") and <c>s2aes</c>. Each has one durable
/// consumer, D; message 5 was deleted and erased; every seventh has headers; the payloads are small JSON orders that name their sequence.
/// </remarks>
internal static class RecordedStore
{
    public const string Stream = "ORDERS";
    public const string Account = "$G";
    public const string Key = "first key";

    /// <param name="path">As <c>plain/msgs/1.blk</c>.</param>
    public static byte[] Read(string path)
    {
        using Stream? stream = typeof(RecordedStore).Assembly.GetManifestResourceStream(path);
        if (stream is null) throw new FileNotFoundException(path);
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>The paths of one way of storing.</summary>
    public static IEnumerable<string> Paths(string way) =>
        typeof(RecordedStore).Assembly.GetManifestResourceNames().Where(name => name.StartsWith(way + "/", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
}
