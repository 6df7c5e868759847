using System.Text;
using CsCheck;
using DotNats.Storage;
using Shouldly;
using Xunit;

namespace Storage.Tests.Conformance;

/// <summary>What every message log does. Each kind of log derives its tests from this.</summary>
public abstract class MessageLogSuite
{
    private protected static LogOptions Plain { get; } = new() { Name = "S", Inspector = new HeaderInspector() };

    /// <summary>An empty log of its own.</summary>
    private protected abstract IMessageLog Open(LogOptions options, ILogListener listener);

    /// <summary>Bytes a message counts for.</summary>
    private protected abstract int BytesOf(int subjectLength, int headersLength, int payloadLength);

    /// <summary>Seeds of the random test; fewer where a log is slow.</summary>
    private protected virtual int RandomRuns => 300;

    [Fact]
    public void It_answers_as_a_list_would() => Gen.Int[0, int.MaxValue].Sample(seed =>
    {
        var random = new Random(seed);
        LogOptions options = RandomLogRun.Options(random, Plain with { FirstSequence = random.Next(4) == 0 ? (ulong)random.Next(1, 500) : 1 });
        var listener = new RecordingListener();
        IMessageLog log = Open(options, listener);
        try
        {
            var model = new ModelLog(options, m => BytesOf(m.Subject.Length, m.Headers.Length, m.Payload.Length));
            new RandomLogRun(random, log, listener, model).Run(steps: 80);
        }
        finally
        {
            log.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }, iter: RandomRuns, threads: 1);
}
