using System.Diagnostics;

namespace NatsServerApp.Tests.Processes;

/// <summary>The executable under test: the one <c>DOTNATS_SERVER</c> names, or the portable build beside these tests.</summary>
internal static class ServerExecutable
{
    // Long enough for a portable build on a busy machine; nothing waits for it to pass.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Prepares a start with these arguments; both streams are taken.</summary>
    public static ProcessStartInfo With(IEnumerable<string> args)
    {
        string path = Environment.GetEnvironmentVariable("DOTNATS_SERVER") ?? Path.Combine(AppContext.BaseDirectory, "nats-server");
        bool library = path.EndsWith(".dll", StringComparison.Ordinal);
        ProcessStartInfo start = new(library ? "dotnet" : path) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        if (library) start.ArgumentList.Add(path);
        foreach (string arg in args) start.ArgumentList.Add(arg);
        return start;
    }

    /// <summary>Runs it to its end.</summary>
    public static async Task<(int Status, string Output, string Error)> RunAsync(params string[] args)
    {
        using Process process = Process.Start(With(args))!;
        process.StandardInput.Close();
        using CancellationTokenSource limit = new(Patience);
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(limit.Token);
            Task<string> error = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }
}
