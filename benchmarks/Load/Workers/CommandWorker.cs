using System.Diagnostics;
using System.Globalization;

namespace Load.Workers;

/// <summary>The frame of workers that do one thing after the other: reads a command, obeys, answers.</summary>
internal abstract class CommandWorker : IDisposable
{
    private readonly ControlPipe _control = new();

    protected byte[] Buffer { get; } = GC.AllocateArray<byte>(256 * 1024, pinned: true);

    protected static long Now => Stopwatch.GetTimestamp();

    /// <summary>Runs until the harness says `quit` or is gone.</summary>
    internal void Run()
    {
        ControlPipe.Answer();
        while (_control.Read() is { } command && command[0] != "quit")
            Obey(command[0], command.Length > 1 ? long.Parse(command[1], CultureInfo.InvariantCulture) : 0);
    }

    protected abstract void Obey(string command, long number);

    public abstract void Dispose();
}
