using System.Text;
using Load.Wire;

namespace Load.Workers;

/// <summary>
/// A worker's side of its conversation with the harness: a command per line on standard input, an answer per line on standard output.
/// </summary>
// Owner: the worker's thread.
internal sealed unsafe class ControlPipe
{
    internal const int Descriptor = 0;

    private readonly List<byte> _pending = [];

    /// <summary>Waits for the next command and returns its words; null when the harness is gone.</summary>
    internal string[]? Read()
    {
        byte* buffer = stackalloc byte[512];
        while (true)
        {
            int end = _pending.IndexOf((byte)'\n');
            if (end >= 0)
            {
                string line = Encoding.ASCII.GetString([.. _pending[..end]]);
                _pending.RemoveRange(0, end + 1);
                return line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            }
            nint count = Libc.Read(Descriptor, buffer, 512);
            if (count <= 0) return null;
            _pending.AddRange(new ReadOnlySpan<byte>(buffer, (int)count));
        }
    }

    /// <summary>Answers `ok` with the figures of <paramref name="answer"/>, each `name=number`.</summary>
    internal static void Answer(params ReadOnlySpan<(string Name, long Value)> answer)
    {
        StringBuilder line = new("ok");
        foreach ((string name, long value) in answer) line.Append(' ').Append(name).Append('=').Append(value);
        Write(line.Append('\n').ToString());
    }

    internal static void Fail(string reason) => Write($"error {reason.ReplaceLineEndings(" ")}\n");

    private static void Write(string line)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(line);
        fixed (byte* start = bytes) _ = Libc.Write(1, start, bytes.Length);
    }
}
