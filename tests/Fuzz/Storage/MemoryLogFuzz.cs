using DotNats.Storage;
using Fuzz.Harness;
using Storage.Tests.Conformance;
using Xunit;

namespace Fuzz.Storage;

/// <summary>A memory log under random operations.</summary>
public sealed class MemoryLogFuzz
{
    [Fact]
    public void It_answers_as_a_list_would() => FuzzRun.Repeat(random =>
    {
        var plain = new LogOptions { Name = "S", Inspector = new HeaderInspector(), FirstSequence = (ulong)random.Next(3) };
        LogOptions options = RandomLogRun.Options(random, plain);
        var listener = new RecordingListener();
        var log = new MemoryLog(options, listener);
        var model = new ModelLog(options, m => 16 + m.Subject.Length + m.Headers.Length + m.Payload.Length);
        new RandomLogRun(random, log, listener, model).Run(steps: random.Next(1, 400));
    });
}
