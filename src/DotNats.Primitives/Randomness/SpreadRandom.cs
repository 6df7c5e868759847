namespace DotNats.Primitives;

/// <summary>Quick numbers that spread load evenly: xorshift. Predictable, so never for secrets.</summary>
// Owner: one thread at a time.
public sealed class SpreadRandom(ulong seed)
{
    // Zero would stay zero for ever.
    private ulong _state = seed == 0 ? 0x9E3779B97F4A7C15 : seed;

    /// <summary>A number in [0, bound); <paramref name="bound"/> must be positive.</summary>
    public int Next(int bound)
    {
        _state ^= _state << 13;
        _state ^= _state >> 7;
        _state ^= _state << 17;
        return (int)(((_state >> 32) * (ulong)bound) >> 32);
    }
}
