using System.Buffers.Binary;

namespace DotNats.Primitives;

/// <summary>
/// Makes NUIDs: 22 characters of base 62, 12 of them random, 10 counting on from a random start in random steps. Fast, unique, and
/// not to be guessed as long as none has been seen; no secret.
/// </summary>
// Owner: any thread; guarded by _gate.
// Lifetime: that of the server; a generator of its own for each, so that two servers in a process share nothing.
// Invariant: 0 <= _sequence < SequenceEnd and FirstStep <= _step < LastStep; a fresh start has room for one step.
public sealed class Nuid
{
    /// <summary>Characters of a NUID.</summary>
    public const int Length = 22;

    private const int PrefixLength = 12;

    // 62^10; steps as in the NUID libraries of the NATS clients.
    private const ulong SequenceEnd = 839_299_365_868_340_224;
    private const uint FirstStep = 33;
    private const uint LastStep = 333;

    private readonly Lock _gate = new();
    private readonly Action<Span<byte>> _fillRandom;
    private readonly byte[] _prefix = new byte[PrefixLength];
    private ulong _sequence;
    private uint _step;

    /// <summary>A generator on the system's cryptographic random source.</summary>
    public Nuid()
        : this(SystemRandom.Fill)
    {
    }

    /// <summary>A generator on the given random source, which is called under a lock and rarely.</summary>
    public Nuid(Action<Span<byte>> fillRandom)
    {
        _fillRandom = fillRandom;
        Restart();
    }

    private static ReadOnlySpan<byte> Digits => "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8;

    /// <summary>A new NUID.</summary>
    public string Next() => string.Create(Length, this, static (text, nuid) =>
    {
        Span<byte> ascii = stackalloc byte[Length];
        nuid.Write(ascii);
        for (int i = 0; i < ascii.Length; i++)
            text[i] = (char)ascii[i];
    });

    /// <summary>Writes a new NUID as 22 bytes of ASCII.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The destination is shorter than <see cref="Length"/>.</exception>
    public void Write(Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(destination.Length, Length);
        ulong sequence;
        lock (_gate)
        {
            if (_sequence + _step >= SequenceEnd)
                Restart();
            _sequence += _step;
            sequence = _sequence;
            _prefix.CopyTo(destination);
        }
        for (int i = Length - 1; i >= PrefixLength; i--)
        {
            (sequence, ulong digit) = Math.DivRem(sequence, 62);
            destination[i] = Digits[(int)digit];
        }
    }

    private void Restart()
    {
        Span<byte> random = stackalloc byte[sizeof(ulong)];
        for (int i = 0; i < _prefix.Length; i++)
            _prefix[i] = RandomDigit(random[..1]);
        _fillRandom(random);
        _sequence = BinaryPrimitives.ReadUInt64LittleEndian(random) % (SequenceEnd - LastStep);
        _fillRandom(random);
        _step = FirstStep + (uint)(BinaryPrimitives.ReadUInt64LittleEndian(random) % (LastStep - FirstStep));
    }

    /// <summary>A digit without bias: bytes from 248 (4 x 62) on are thrown away.</summary>
    private byte RandomDigit(Span<byte> random)
    {
        do
            _fillRandom(random);
        while (random[0] >= 248);
        return Digits[random[0] % 62];
    }
}
