using System.Diagnostics;
using System.Text.Json;
using Shouldly;

namespace Interop.Tests;

/// <summary>Runs one scenario of a client program written in another language.</summary>
/// <remarks>
/// The program gets the scenario's name as its last argument, NATS_URL and NATS_DIR (the server's directory) in the
/// environment. It prints JSON lines: <c>{"ask":"restart"}</c> wants the server handled (what is not known here, by the
/// scenario's own <see cref="Scenario.Act"/>) and then a line on standard input; <c>{"scenario":"…","ok":true}</c> or
/// <c>{"scenario":"…","ok":false,"error":"…"}</c> ends it.
/// </remarks>
public static class ScenarioProgram
{
    public static async Task RunAsync(string program, IEnumerable<string> arguments, Scenario scenario)
    {
        await using ServerProcess server = await ServerProcess.StartAsync(scenario.Setup);
        ProcessStartInfo start = new(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in arguments.Append(scenario.Name))
            start.ArgumentList.Add(argument);
        start.Environment["NATS_URL"] = server.Url;
        start.Environment["NATS_DIR"] = server.DirectoryPath;
        start.Environment["NATS_PEERS"] = RepositoryPaths.Peers;
        start.Environment["NATS_USER_SEED"] = ScenarioCatalog.UserSeed;
        start.Environment["NATS_USER_KEY"] = ScenarioCatalog.UserKey;
        start.Environment["NATS_STRANGER_SEED"] = ScenarioCatalog.StrangerSeed;

        using Process process = new() { StartInfo = start };
        ChildProcesses.Start(process);
        try
        {
            Task<string> errors = process.StandardError.ReadToEndAsync();
            using CancellationTokenSource limit = new(scenario.Limit);
            Verdict verdict = await ConverseAsync(process, server, scenario, limit.Token);
            verdict.Ok.ShouldBe(true, $"{verdict.Error}\n{(verdict.Ended ? await errors : "")}\nserver log:\n{server.LogText}");
        }
        finally
        {
            ChildProcesses.Kill(process);
        }
    }

    private static async Task<Verdict> ConverseAsync(Process process, ServerProcess server, Scenario scenario, CancellationToken limit)
    {
        try
        {
            while (await process.StandardOutput.ReadLineAsync(limit) is { } line)
            {
                JsonElement said = JsonDocument.Parse(line).RootElement;
                if (said.TryGetProperty("ok", out JsonElement ok))
                    return new Verdict(ok.GetBoolean(), said.TryGetProperty("error", out JsonElement error) ? error.ToString() : "", false);
                await AnswerAsync(said.GetProperty("ask").GetString()!, server, scenario);
                await process.StandardInput.WriteLineAsync("done".AsMemory(), limit);
                await process.StandardInput.FlushAsync(limit);
            }
        }
        catch (OperationCanceledException)
        {
            return new Verdict(false, "the scenario did not end in time", false);
        }

        return new Verdict(false, "the client program ended without a verdict", true);
    }

    private static async Task AnswerAsync(string ask, ServerProcess server, Scenario scenario)
    {
        switch (ask)
        {
            case "restart":
                await server.RestartAsync();
                break;
            case "stop and start":
                await server.StopAndStartAsync();
                break;
            case "lame duck":
                server.EnterLameDuckMode();
                break;
            default:
                await (scenario.Act ?? throw Unknown(ask))(ask, server);
                break;
        }
    }

    private static InvalidOperationException Unknown(string ask) => new($"the scenario asks for something unknown: {ask}");

    private readonly record struct Verdict(bool Ok, string Error, bool Ended);
}

/// <summary>One thing a client does against a server set up for it.</summary>
public sealed record Scenario(string Name, string Config = "")
{
    public bool Certificates { get; init; }

    public IReadOnlyDictionary<string, string> Files { get; init; } = new Dictionary<string, string>();

    /// <summary>Does what the program asks for and only this scenario knows.</summary>
    public Func<string, ServerProcess, Task>? Act { get; init; }

    public TimeSpan Limit { get; init; } = Eventually.Limit;

    public ServerSetup Setup => new() { Config = Config, Certificates = Certificates, Files = Files };
}
