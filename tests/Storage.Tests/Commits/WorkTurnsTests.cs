using DotNats.Storage;
using Shouldly;
using Xunit;

namespace Storage.Tests.Commits;

public sealed class WorkTurnsTests
{
    private const int Rounds = 300_000;

    // Who asks for a turn finds that it has been asked for already, while the turn begins: one of the two sees the other. Without a fence some hundred of these rounds lose it, in most runs.
    [Fact]
    public void What_is_said_before_a_turn_is_asked_for_is_seen_by_that_turn_or_by_another()
    {
        using var redo = new RedoJournal(new FileStoreOptions { Directory = Path.GetTempPath(), RedoBytes = 0 });
        using var shared = new SharedSync(null, redo, owingLogs: 1, () => { });
        using var loop = new SyncLoop(maxThreads: 0, TimeProvider.System, shared);
        var turns = new WorkTurns(loop, new NoWork());
        int said = 0;
        int seen = 0;
        int begun = 0;
        int answered = 0;
        var turn = new Thread(() =>
        {
            for (int round = 1; round <= Rounds; round++)
            {
                while (Volatile.Read(ref begun) < round)
                {
                }

                if (turns.TryBegin())
                {
                    seen = Volatile.Read(ref said);
                    turns.End();
                }

                Volatile.Write(ref answered, round);
            }
        });
        turn.Start();
        int lost = 0;
        for (int round = 1; round <= Rounds; round++)
        {
            turns.Request();
            Volatile.Write(ref begun, round);
            // At many distances from the turn's begin.
            for (int i = round % 64; i > 0; i--) Thread.SpinWait(1);
            Volatile.Write(ref said, round);
            turns.Request();
            while (Volatile.Read(ref answered) < round)
            {
            }

            bool isAskedFor = turns.TryBegin();
            if (isAskedFor) turns.End();
            if (seen < round && !isAskedFor) lost++;
            while (loop.TryRunTurn())
            {
            }
        }

        turn.Join();
        lost.ShouldBe(0);
    }

    private sealed class NoWork : ISyncWork
    {
        public void RunTurn()
        {
        }

        public SharedTurn BeginShared(RedoBatch? redo, bool mayOwe) => SharedTurn.None;

        public bool EndShared(SyncMark mark, bool isAlone) => false;

        public void RunRest()
        {
        }

        public void OnDue()
        {
        }
    }
}
