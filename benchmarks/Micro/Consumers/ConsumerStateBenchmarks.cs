using BenchmarkDotNet.Attributes;
using DotNats.JetStream;
using DotNats.JetStream.Consumers.State;

namespace DotNats.Benchmarks;

/// <summary>What a consumer's state costs for a message that is delivered and acknowledged while 100,000 are pending.</summary>
[MemoryDiagnoser]
public class ConsumerStateBenchmarks
{
    private const int Pending = 100_000;

    // Coprime to the count: each is met once, far from the one before.
    private const int Stride = 61_803;

    private readonly ConsumerConfig _config = new() { AckPolicy = AckPolicy.Explicit, AckWaitNanoseconds = 30_000_000_000, MaxDeliver = -1 };
    private ConsumerState _state = null!;
    private ulong _first = 1;

    [GlobalSetup]
    public void Fill()
    {
        _state = new ConsumerState(_config, 1);
        _first = 1;
        for (int i = 0; i < Pending; i++) _state.Deliver(_state.NextSequence, i);
    }

    /// <summary>Each acknowledgement is of the oldest message, and a new one is delivered.</summary>
    [Benchmark(OperationsPerInvoke = Pending)]
    public void InOrder()
    {
        for (int i = 0; i < Pending; i++)
        {
            _state.Ack(_first++, 1, 0);
            _state.Deliver(_state.NextSequence, i);
        }
    }

    /// <summary>All are acknowledged in an order that jumps about, then as many are delivered.</summary>
    [Benchmark(OperationsPerInvoke = Pending)]
    public void OutOfOrder()
    {
        for (ulong i = 0; i < Pending; i++) _state.Ack(_first + (i * Stride % Pending), 1, 0);
        _first += Pending;
        for (int i = 0; i < Pending; i++) _state.Deliver(_state.NextSequence, i);
    }

    /// <summary>All are refused and delivered again.</summary>
    [Benchmark(OperationsPerInvoke = Pending)]
    public void Redelivery()
    {
        for (ulong i = 0; i < Pending; i++) _state.Nak(_first + i, 1, 0, 0);
        while (_state.TryPeekRedelivery(out ulong stream, out _)) _state.Redeliver(stream, 0);
    }
}
