using System.Diagnostics;
using System.Text.RegularExpressions;
using DotNats.Client;
using DotNats.Configuration;
using DotNats.Tests.Harness;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;

namespace DotNats.Tests.Embedding;

/// <summary>The fragments of docs/embedding.md, run; and a check that they are the fragments of docs/embedding.md.</summary>
public sealed partial class EmbeddingPageTests
{
    [Fact]
    public void The_page_shows_what_is_tested_here()
    {
        string tested = Blanks().Replace(File.ReadAllText(RepositoryFile("tests/DotNats.Tests/Embedding/EmbeddingPageTests.cs")), " ");
        MatchCollection fragments = Fragment().Matches(File.ReadAllText(RepositoryFile("docs/embedding.md")));

        fragments.Count.ShouldBeGreaterThan(8);
        fragments.Select(fragment => Blanks().Replace(fragment.Groups[1].Value, " ").Trim()).Where(text => !tested.Contains(text, StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Start_use_stop()
    {
        await using NatsServer server = await NatsServer.StartAsync(new NatsServerOptions { Host = "127.0.0.1", Port = 0 });
        await using NatsConnection nats = await NatsConnection.ConnectAsync(new NatsConnectionOptions { Url = server.ClientUrl });

        nats.ServerInfo.Port.ShouldBe(server.ClientEndPoint.Port);
        await server.DisposeAsync();
        server.Completion.IsCompletedSuccessfully.ShouldBeTrue();
    }

    [Fact]
    public async Task Options_as_records()
    {
        var options = new NatsServerOptions
        {
            Host = "127.0.0.1",
            Port = 0,
            ServerName = "billing",
            Limits = new LimitOptions { MaxPayloadBytes = 64 * 1024, MaxConnections = 100 },
            Authorization = new AuthorizationOptions { Username = "app", Password = "secret" },
        };
        ILoggerFactory loggers = NullLoggerFactory.Instance;
        var time = new FakeTimeProvider();
        await using NatsServer server = await NatsServer.StartAsync(options, new NatsServerDependencies { LoggerFactory = loggers, TimeProvider = time });

        server.ServerName.ShouldBe("billing");
        await Should.ThrowAsync<NatsServerException>(NatsConnection.ConnectAsync(server.ConnectInProcess()));
    }

    [Fact]
    public async Task Options_from_a_file()
    {
        string path = Path.GetTempFileName();
        await File.WriteAllTextAsync(path, "server_name: from-a-file\nmax_payload: 2KB\n");
        ConfigResult config = ConfigLoader.Load(path);
        if (config.Options is null) throw new InvalidOperationException(config.ToString());
        await using NatsServer server = await NatsServer.StartAsync(config.Options with { Host = "127.0.0.1", Port = 0 });

        File.Delete(path);
        await using NatsConnection nats = await NatsConnection.ConnectAsync(server.ConnectInProcess());
        (nats.ServerInfo.ServerName, nats.ServerInfo.MaxPayloadBytes).ShouldBe(("from-a-file", 2048));
    }

    [Fact]
    public async Task Several_servers()
    {
        await using NatsServer first = await NatsServer.StartAsync(new NatsServerOptions { Host = "127.0.0.1", Port = 0 });
        await using NatsServer second = await NatsServer.StartAsync(new NatsServerOptions { Host = "127.0.0.1", Port = 0 });

        first.ServerId.ShouldNotBe(second.ServerId);
    }

    [Fact]
    public async Task Streams()
    {
        string directory = Directory.CreateTempSubdirectory().FullName;
        var streams = new JetStreamOptions { Enabled = true, StoreDirectory = directory };
        await using (NatsServer server = await NatsServer.StartAsync(new NatsServerOptions { Host = "127.0.0.1", Port = 0, JetStream = streams }))
        await using (NatsConnection nats = await NatsConnection.ConnectAsync(server.ConnectInProcess()))
        {
            await nats.RequestAsync("$JS.API.STREAM.CREATE.ORDERS", """{"name":"ORDERS","subjects":["orders.>"]}""");
            NatsMessage stored = await nats.RequestAsync("orders.new", "42");
            stored.Text.ShouldContain("\"seq\":1");
        }

        Directory.Exists(Path.Combine(directory, "jetstream", "$G", "streams", "ORDERS")).ShouldBeTrue();
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task The_client_and_the_end()
    {
        await using NatsServer server = await NatsServer.StartAsync(new NatsServerOptions { Host = "127.0.0.1", Port = 0 });
        await using NatsConnection nats = await NatsConnection.ConnectAsync(server.ConnectInProcess());
        NatsSubscription orders = nats.Subscribe("orders.*", queueGroup: "billing");
        await nats.PublishAsync("orders.new", "42", headers: new NatsHeaders { { "Priority", "high" } });
        NatsMessage order = await orders.ReadAsync();
        order.Headers!["Priority"].ShouldBe("high");

        Task serving = ServeAsync(nats);
        NatsMessage answer = await nats.RequestAsync("time.now", "", timeout: TimeSpan.FromSeconds(1));
        answer.Text.ShouldBe("half past ten");

        await nats.DisposeAsync();
        await serving;
        await server.EnterLameDuckAsync();
        await Eventually.ComesAsync(server.Completion);
    }

    [Fact]
    public async Task The_example_program_runs()
    {
        string output = Path.GetRelativePath(RepositoryFile("tests/DotNats.Tests"), AppContext.BaseDirectory);
        using Process process = Process.Start(new ProcessStartInfo("dotnet")
        {
            ArgumentList = { Path.Combine(RepositoryFile("examples/Embedding"), output, "Embedding.dll") },
            RedirectStandardOutput = true,
        })!;
        string text = await Eventually.ComesAsync(process.StandardOutput.ReadToEndAsync());
        await Eventually.ComesAsync(process.WaitForExitAsync());

        text.ReplaceLineEndings("\n").ShouldBe("greet.world: hello\nhalf past ten\n");
        process.ExitCode.ShouldBe(0);
    }

    private static async Task ServeAsync(NatsConnection nats)
    {
        await foreach (NatsMessage request in nats.Subscribe("time.now")) await request.RespondAsync("half past ten");
    }

    private static string RepositoryFile(string path)
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "DotNats.slnx"))) folder = Path.GetDirectoryName(folder);
        return Path.Combine(folder!, path);
    }

    [GeneratedRegex("^```csharp\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fragment();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
