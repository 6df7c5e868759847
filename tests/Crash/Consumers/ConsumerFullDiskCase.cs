using Crash.Disk;
using Crash.Harness;
using DotNats.JetStream;

namespace Crash.Consumers;

/// <summary>The disk is full for a while: nothing that was told as safe is lost, and with room again everything is kept.</summary>
internal static class ConsumerFullDiskCase
{
    public static int Run(int seed)
    {
        var random = new Random(seed);
        var files = new FaultyFiles(new Random(seed)) { IsSyncWithoutRoom = random.Next(3) == 0, HasWholeSync = seed % 2 == 0, OverwritesInPlace = true };
        files.CreateDirectory("/store");
        files.SyncDirectory("/");
        using var test = new ConsumerUnderTest(files, random, new ConsumerConfig { AckPolicy = AckPolicy.Explicit, AckWaitNanoseconds = 2_000_000_000, MaxDeliver = 3 }) { OwesLetters = true };
        test.Open();
        for (int step = random.Next(1, 10); step > 0; step--) test.Step(isUrgent: true);
        files.Capacity = files.AllFiles().Sum(file => file.Bytes.Length) + random.Next(300);
        for (int step = random.Next(10, 60); step > 0; step--) test.Step(isUrgent: random.Next(3) == 0);
        List<string> possible = test.Possible();
        bool hasRoomAgain = random.Next(2) == 0;
        if (hasRoomAgain)
        {
            files.Capacity = long.MaxValue;
            possible = [ConsumerUnderTest.Describe(test.State)];
        }

        test.Close(inOrder: hasRoomAgain);
        files.Capacity = long.MaxValue;
        files.Restart(powerWasLost: true);
        string? found = test.Open();
        if (found is null || !possible.Contains(found)) throw new BrokenPromiseException($"found {found} ({test.Damage}), expected one of\n{string.Join('\n', possible)}");
        return 1;
    }
}
