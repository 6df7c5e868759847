using System.Globalization;
using Shouldly;
using Xunit;

namespace NatsServerApp.Tests.Killing;

/// <summary>The real process under load, killed as <c>kill -9</c> does: what it acknowledged is there afterwards, and what it removed is not.</summary>
/// <remarks><c>DOTNATS_CRASH_FACTOR</c> makes a run so many times as long as the tests' own, <c>DOTNATS_CRASH_SEED</c> repeats one.</remarks>
public sealed class KillTests : IDisposable
{
    private const int UsualRounds = 3;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("nats-server-test-");

    [Theory]
    [InlineData("")]
    [InlineData(", sync_interval: \"2m\", key: secret, cipher: aes")]
    public async Task What_was_acknowledged_is_there_after_every_kill(string settings)
    {
        int seed = (int)Number("DOTNATS_CRASH_SEED", Environment.TickCount & int.MaxValue);
        var run = new KillRun(_directory.FullName, seed, settings);
        int rounds = await RepeatAsync(run.KillAsync, seed);
        await run.EndAsync();
        run.Acknowledged.ShouldBeGreaterThan(rounds);
        TestContext.Current.TestOutputHelper!.WriteLine($"{rounds} kills, {run.Acknowledged} messages acknowledged, seed {seed}");
    }

    // So many that what they were told is in the redo journal alone for a while.
    [Fact]
    public async Task What_many_streams_acknowledged_at_once_is_there_after_every_kill()
    {
        int seed = (int)Number("DOTNATS_CRASH_SEED", Environment.TickCount & int.MaxValue);
        var run = new KillRun(_directory.FullName, seed, "", plainStreams: 200);
        int rounds = await RepeatAsync(run.KillAsync, seed);
        await run.EndAsync();
        run.Acknowledged.ShouldBeGreaterThan(rounds);
        TestContext.Current.TestOutputHelper!.WriteLine($"{rounds} kills, {run.Acknowledged} messages acknowledged, seed {seed}");
    }

    [Fact]
    public async Task Streams_that_copy_others_lose_nothing_and_have_nothing_twice()
    {
        int seed = (int)Number("DOTNATS_CRASH_SEED", Environment.TickCount & int.MaxValue);
        var run = new CopyKillRun(_directory.FullName, seed);
        int rounds = await RepeatAsync(run.KillAsync, seed);
        await run.EndAsync();
        run.Copied.ShouldBeGreaterThanOrEqualTo(run.Acknowledged);
        TestContext.Current.TestOutputHelper!.WriteLine($"{rounds} kills, {run.Copied} messages copied, seed {seed}");
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private static async Task<int> RepeatAsync(Func<Task> kill, int seed)
    {
        int rounds = (int)(UsualRounds * Number("DOTNATS_CRASH_FACTOR", 1));
        for (int round = 1; round <= rounds; round++)
        {
            try
            {
                await kill();
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"round {round}, DOTNATS_CRASH_SEED={seed}: {exception.Message}"), exception);
            }
        }

        return rounds;
    }

    private static double Number(string variable, double usual) =>
        double.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : usual;
}
