using System.Diagnostics;
using System.Globalization;
using DotNats.Client;
using Shouldly;
using Xunit;

namespace Interop.Tests;

/// <summary>A stream with consumers in the middle of their work goes from the real server to ours and back by its archives, and the other way round.</summary>
/// <remarks><c>DOTNATS_BACKUP_MEGABYTES</c> says how large it is; files lie below <c>TMPDIR</c>, up to three times as much.</remarks>
public sealed class BackupExchangeTests : IDisposable
{
    private const double UsualMegabytes = 4;

    // What our server may take for a backup or a restore, however large: itself, blocks that are read and written, and what waits for the disk.
    private const long MostPeakBytes = 768L * 1024 * 1024;

    private readonly string _directory = Directory.CreateTempSubdirectory("dotnats-backups-").FullName;

    [Theory]
    [InlineData(true, "none")]
    [InlineData(true, "s2")]
    [InlineData(false, "none")]
    [InlineData(false, "s2")]
    public async Task A_stream_goes_to_the_other_server_and_comes_back(bool isRealFirst, string compression)
    {
        ServerExecutable real = await Peers.RequireRealServerAsync();
        ServerExecutable ours = ServerExecutable.UnderTest;
        await using var home = await BackupServer.StartAsync(isRealFirst ? real : ours);
        await using var away = await BackupServer.StartAsync(isRealFirst ? ours : real);
        string before = await FillAsync(home, compression);
        var archive = new BackupFile(Path.Combine(_directory, "archive"));
        await MoveAsync(home, away, archive, before);
        await home.Stream.AskAsync("STREAM.DELETE." + BackedUpStream.Name, "");
        await MoveAsync(away, home, archive, before);
    }

    [Fact]
    public async Task Memory_does_not_grow_with_the_stream()
    {
        await using var server = await BackupServer.StartAsync(ServerExecutable.UnderTest);
        string before = await FillAsync(server, "none");
        var archive = new BackupFile(Path.Combine(_directory, "archive"));
        server.Memory.Reset();
        await TimedAsync("backup", server, () => archive.SaveAsync(server.Connection, BackedUpStream.Name));
        server.Memory.PeakBytes.ShouldBeLessThan(MostPeakBytes);
        await server.Stream.AskAsync("STREAM.DELETE." + BackedUpStream.Name, "");
        server.Memory.Reset();
        await TimedAsync("restore", server, () => archive.RestoreAsync(server.Connection, BackedUpStream.Name));
        server.Memory.PeakBytes.ShouldBeLessThan(MostPeakBytes);
        LineDiff.ShouldBeSame(await server.Stream.DescribeAsync(), before);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static async Task<string> FillAsync(BackupServer server, string compression)
    {
        await TimedAsync("fill", server, () => server.Stream.FillAsync((long)(Number("DOTNATS_BACKUP_MEGABYTES", UsualMegabytes) * 1024 * 1024), compression));
        await server.Stream.ConsumeAsync();
        string description = await server.Stream.DescribeAsync();
        Tell(description.Split('\n')[^2]);
        return description;
    }

    private static async Task MoveAsync(BackupServer from, BackupServer to, BackupFile archive, string expected)
    {
        from.Memory.Reset();
        to.Memory.Reset();
        await TimedAsync("backup", from, () => archive.SaveAsync(from.Connection, BackedUpStream.Name));
        await TimedAsync("restore", to, () => archive.RestoreAsync(to.Connection, BackedUpStream.Name));
        string found = "";
        await TimedAsync("hash", to, async () => found = await to.Stream.DescribeAsync());
        LineDiff.ShouldBeSame(found, expected);
        Tell(string.Create(CultureInfo.InvariantCulture, $"archive of {archive.Length / 1024} KiB, same in {to.Kind}: {found.Split('\n')[^2]}"));
    }

    private static async Task TimedAsync(string what, BackupServer server, Func<Task> run)
    {
        long start = Stopwatch.GetTimestamp();
        await run();
        Tell(string.Create(CultureInfo.InvariantCulture, $"{what}, {server.Kind}: {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s, peak {server.Memory.PeakBytes / 1024 / 1024} MiB"));
    }

    private static void Tell(string line) => TestContext.Current.TestOutputHelper!.WriteLine(line);

    private static double Number(string variable, double usual) =>
        double.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : usual;
}

/// <summary>A server that has a stream or gets one.</summary>
internal sealed class BackupServer : IAsyncDisposable
{
    private readonly ServerProcess _process;

    private BackupServer(ServerProcess process, NatsConnection connection, string kind)
    {
        (_process, Connection, Kind) = (process, connection, kind);
        Stream = new BackedUpStream(connection);
        Memory = new ProcessMemory(process.ProcessId);
    }

    public NatsConnection Connection { get; }

    /// <summary>Whose it is.</summary>
    public string Kind { get; }

    public BackedUpStream Stream { get; }

    public ProcessMemory Memory { get; }

    public static async Task<BackupServer> StartAsync(ServerExecutable executable)
    {
        ServerProcess process = await ServerProcess.StartAsync(new ServerSetup { Executable = executable, Config = "jetstream { store_dir: '@DIR@/jetstream', max_file: 100GB }" });
        try
        {
            var connection = await NatsConnection.ConnectAsync(new NatsConnectionOptions { Url = process.Url, RequestTimeout = Eventually.Limit });
            return new BackupServer(process, connection, executable == ServerExecutable.Real ? "nats-server" : "ours");
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Connection.DisposeAsync();
        await _process.DisposeAsync();
    }
}
