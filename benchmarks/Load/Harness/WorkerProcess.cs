using System.Diagnostics;
using System.Globalization;
using Load.Wire;

namespace Load.Harness;

/// <summary>A child that drives connections; see <see cref="Workers.WorkerProgram"/>.</summary>
// Owner: the harness's main thread. Lifetime: ends with Dispose, and at the latest with the harness.
internal sealed class WorkerProcess : IDisposable
{
    private readonly Process _process;
    private readonly string _kind;

    private WorkerProcess(string kind, Process process)
    {
        _kind = kind;
        _process = process;
    }

    /// <summary>Starts a worker and waits until it has set up its connections.</summary>
    internal static WorkerProcess Start(string kind, params string[] arguments)
    {
        WorkerProcess worker = Launch(kind, arguments);
        worker.AwaitReady();
        return worker;
    }

    /// <summary>Starts a worker that is still connecting when this returns; <see cref="AwaitReady"/> must follow.</summary>
    internal static WorkerProcess Launch(string kind, params string[] arguments)
    {
        ProcessStartInfo start = new(SelfExecutable.File, [.. SelfExecutable.LeadingArguments, "worker", kind, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        return new WorkerProcess(kind, Process.Start(start) ?? throw new InvalidOperationException("a worker did not start"));
    }

    internal void AwaitReady()
    {
        try
        {
            _ = Await(TimeSpan.FromSeconds(30));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    internal int ProcessId => _process.Id;

    /// <summary>Sends a command and waits for its figures.</summary>
    /// <exception cref="InvalidRunException">
    /// The worker reports a failure, ends, or says nothing for <paramref name="patience"/>.
    /// </exception>
    internal WorkerAnswer Ask(string command, TimeSpan patience)
    {
        Tell(command);
        return Await(patience);
    }

    internal void Tell(string command)
    {
        try
        {
            _process.StandardInput.WriteLine(command);
            _process.StandardInput.Flush();
        }
        catch (IOException)
        {
            // It has ended; what it said last comes with Await.
        }
    }

    internal WorkerAnswer Await(TimeSpan patience)
    {
        Task<string?> line = _process.StandardOutput.ReadLineAsync();
        if (!line.Wait(patience)) throw new InvalidRunException($"the {_kind} worker said nothing for {patience.TotalSeconds:F0} s");
        return line.Result switch
        {
            null => throw new InvalidRunException($"the {_kind} worker ended"),
            string text when text.StartsWith("ok", StringComparison.Ordinal) => WorkerAnswer.Parse(text),
            string text => throw new InvalidRunException(text["error ".Length..]),
        };
    }

    public void Dispose()
    {
        Tell("quit");
        if (!_process.WaitForExit(2000))
        {
            _process.Kill();
            _process.WaitForExit(2000);
        }
        _process.Dispose();
    }
}

/// <summary>The figures of one answer.</summary>
internal sealed class WorkerAnswer(Dictionary<string, long> values)
{
    internal long this[string name] => values[name];

    internal static WorkerAnswer Parse(string line)
    {
        Dictionary<string, long> values = [];
        foreach (string word in line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1))
        {
            string[] pair = word.Split('=');
            values[pair[0]] = long.Parse(pair[1], CultureInfo.InvariantCulture);
        }
        return new WorkerAnswer(values);
    }
}
