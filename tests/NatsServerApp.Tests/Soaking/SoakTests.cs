using System.Globalization;
using Shouldly;
using Xunit;

namespace NatsServerApp.Tests.Soaking;

/// <summary>
/// The real process with consumers that are used well and badly, ended in order and killed: each message comes at least once, none again that was confirmed, in order,
/// and counts add up at every step.
/// </summary>
/// <remarks><c>DOTNATS_SOAK_SECONDS</c> says how long it takes, <c>DOTNATS_SOAK_SEED</c> repeats one.</remarks>
public sealed class SoakTests : IDisposable
{
    private const double UsualSeconds = 2;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("nats-server-test-");

    [Fact]
    public async Task Consumers_keep_their_promises()
    {
        int seed = (int)Number("DOTNATS_SOAK_SEED", Environment.TickCount & int.MaxValue);
        var random = new Random(seed);
        var run = new SoakRun(_directory.FullName, seed, random.Next(2) == 0 ? "" : ", key: secret, cipher: chacha");
        double left = Number("DOTNATS_SOAK_SECONDS", UsualSeconds);
        int rounds = 0;
        try
        {
            for (; left > 0; rounds++)
            {
                double length = 0.3 + (random.NextDouble() * Math.Min(left, 5));
                await run.RoundAsync(TimeSpan.FromSeconds(length), isKilled: rounds % 2 == 0);
                left -= length;
            }

            await run.EndAsync();
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"round {rounds}, DOTNATS_SOAK_SEED={seed}: {exception.Message}"), exception);
        }

        run.Published.ShouldBeGreaterThan(100UL);
        TestContext.Current.TestOutputHelper!.WriteLine($"{rounds} rounds, {run.Published} messages, seed {seed}");
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private static double Number(string variable, double usual) =>
        double.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : usual;
}
