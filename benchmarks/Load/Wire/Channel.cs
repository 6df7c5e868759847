using System.Runtime.InteropServices;

namespace Load.Wire;

/// <summary>A byte stream to the server over one socket: plain or TLS.</summary>
// Owner: the worker thread that opened it.
internal abstract class Channel(int descriptor) : IDisposable
{
    internal int Descriptor { get; } = descriptor;

    /// <summary>
    /// Sends some of <paramref name="bytes"/>; 0 when the socket would block (or a blocking one timed out): offer the same bytes again.
    /// </summary>
    /// <exception cref="InvalidRunException">The server closed the connection.</exception>
    internal abstract int Send(ReadOnlySpan<byte> bytes);

    /// <summary>
    /// Receives into <paramref name="buffer"/>; 0 when nothing is there. When it returns a full buffer more may be waiting.
    /// </summary>
    /// <exception cref="InvalidRunException">The server closed the connection.</exception>
    internal abstract int Receive(Span<byte> buffer);

    /// <summary>Sends everything on a blocking channel.</summary>
    internal void SendAll(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int sent = Send(bytes);
            if (sent == 0) throw new InvalidRunException("the server stopped reading for 10 s");
            bytes = bytes[sent..];
        }
    }

    public virtual void Dispose() => _ = Libc.Close(Descriptor);
}

/// <summary>Plain TCP.</summary>
internal sealed unsafe class PlainChannel(int descriptor) : Channel(descriptor)
{
    internal override int Send(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            nint sent = Libc.Send(Descriptor, start, bytes.Length, Libc.NoSignal);
            return sent >= 0 ? (int)sent : WouldBlock("send");
        }
    }

    internal override int Receive(Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            nint received = Libc.Receive(Descriptor, start, buffer.Length, 0);
            if (received > 0) return (int)received;
            return received == 0 ? throw new InvalidRunException("the server closed a connection") : WouldBlock("recv");
        }
    }

    private static int WouldBlock(string call)
    {
        int error = Marshal.GetLastPInvokeError();
        return error is Libc.TryAgain or Libc.Interrupted
            ? 0
            : throw new InvalidRunException($"{call} failed with error {error}: connection lost");
    }
}
