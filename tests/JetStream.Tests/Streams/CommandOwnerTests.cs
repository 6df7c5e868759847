using DotNats.JetStream.Streams;
using DotNats.Primitives;
using JetStream.Tests.Harness;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Streams;

public sealed class CommandOwnerTests
{
    [Fact]
    public async Task An_owner_that_decides_later_is_all_the_same_to_rules_and_storage()
    {
        await using StreamServer server = await StreamServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        var owner = new LateOwner();
        server.Service.OwnerFactory = (machine, clock) => owner.Attach(machine, clock);
        await client.CreateStreamAsync("S", "\"subjects\":[\"a\"]");
        client.Send("SUB in 1", "PUB a in 1", "x", "PUB a in 1", "y");
        await Eventually.HoldsAsync(() => owner.Waiting > 0, "something was proposed");
        (await client.FenceAsync()).ShouldBeEmpty();
        server.Stream("S").Log.State.Messages.ShouldBe(0ul);
        await Eventually.HoldsAsync(() =>
        {
            owner.Decide();
            return server.Stream("S").Log.State.Messages == 2;
        }, "what was proposed is decided");
        await client.ExpectAsync("MSG in 1 22", """{"stream":"S","seq":1}""", "MSG in 1 22", """{"stream":"S","seq":2}""");
        while (owner.Waiting > 0) owner.Decide();
        owner.DecidesAtOnce = true;
    }

    /// <summary>Copies what is proposed, and gives it to the machine when the test says so.</summary>
    private sealed class LateOwner : ICommandOwner
    {
        private readonly System.Collections.Concurrent.ConcurrentQueue<Action> _proposed = new();
        private readonly ChunkPool _chunks = new();
        private StreamMachine _machine = null!;
        private StreamClock _clock = null!;

        public int Waiting => _proposed.Count;

        public bool DecidesAtOnce { get; set; }

        public LateOwner Attach(StreamMachine machine, StreamClock clock)
        {
            (_machine, _clock) = (machine, clock);
            return this;
        }

        public void Propose(RecordBatch messages)
        {
            var copy = new RecordBatch();
            foreach (ReadOnlySpan<byte> record in messages) record.CopyTo(copy.Reserve(_chunks, record.Length));
            Keep(() => _machine.Store(copy, _clock.Next()));
        }

        public void Propose(StreamCommand command) => Keep(() => _machine.Apply(command, _clock.Next()));

        public void Decide()
        {
            if (_proposed.TryDequeue(out Action? decided)) decided();
        }

        private void Keep(Action decided)
        {
            if (DecidesAtOnce) decided();
            else _proposed.Enqueue(decided);
        }
    }
}
