namespace DotNats.Storage;

/// <summary>How large blocks get: what nats-server takes for the same limits.</summary>
internal static class BlockSizes
{
    private const int Smallest = 32_000;
    private const int Medium = 4 * 1024 * 1024;
    private const int Largest = 8 * 1024 * 1024;

    public static int Choose(LogOptions options)
    {
        if (options.BlockBytes > 0) return options.BlockBytes;
        if (options.MaxBytes <= 0) return Largest;

        // Compat: a quarter of the limit, rounded up to a hundred, decides; between the ends nats-server takes the medium size whatever it is.
        long quarter = (options.MaxBytes / 4) + 1;
        long rounded = (quarter + 99) / 100 * 100;
        return rounded <= Smallest ? Smallest : rounded >= Largest ? Largest : Medium;
    }
}
