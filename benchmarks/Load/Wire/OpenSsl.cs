using System.Runtime.InteropServices;

namespace Load.Wire;

/// <summary>The few OpenSSL 3 calls of a TLS client.</summary>
internal static unsafe partial class OpenSsl
{
    private const string Library = "libssl.so.3";

    internal const int ErrorWantRead = 2;
    internal const int ErrorWantWrite = 3;

    private const int ControlMode = 33;
    private const int ControlReadAhead = 41;
    private const int AcceptMovingWriteBuffer = 2;

    [LibraryImport(Library, EntryPoint = "TLS_client_method")]
    private static partial nint ClientMethod();

    [LibraryImport(Library, EntryPoint = "SSL_CTX_new")]
    private static partial nint NewContext(nint method);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_ctrl")]
    private static partial nint ControlContext(nint context, int command, nint argument, nint pointer);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_set_default_read_buffer_len")]
    private static partial void SetReadBufferLength(nint context, nuint length);

    [LibraryImport(Library, EntryPoint = "SSL_new")]
    internal static partial nint NewSession(nint context);

    [LibraryImport(Library, EntryPoint = "SSL_free")]
    internal static partial void FreeSession(nint session);

    [LibraryImport(Library, EntryPoint = "SSL_set_fd")]
    internal static partial int SetDescriptor(nint session, int descriptor);

    [LibraryImport(Library, EntryPoint = "SSL_connect")]
    internal static partial int Connect(nint session);

    [LibraryImport(Library, EntryPoint = "SSL_read")]
    internal static partial int Read(nint session, byte* buffer, int length);

    [LibraryImport(Library, EntryPoint = "SSL_write")]
    internal static partial int Write(nint session, byte* buffer, int length);

    [LibraryImport(Library, EntryPoint = "SSL_get_error")]
    internal static partial int Error(nint session, int result);

    /// <summary>A client context that verifies nothing: checking the certificate would cost the generator, not the server.</summary>
    internal static nint CreateClientContext()
    {
        nint context = NewContext(ClientMethod());
        if (context == 0) throw new InvalidOperationException("SSL_CTX_new failed");
        _ = ControlContext(context, ControlMode, AcceptMovingWriteBuffer, 0);
        // Read-ahead: one recv per record or more instead of two. A larger buffer is slower: OpenSSL moves what it holds for every record.
        _ = ControlContext(context, ControlReadAhead, 1, 0);
        SetReadBufferLength(context, 24 * 1024);
        return context;
    }
}

/// <summary>TLS over an already connected socket; the handshake has been done on construction.</summary>
internal sealed unsafe class TlsChannel : Channel
{
    private readonly nint _session;

    internal TlsChannel(nint context, int descriptor) : base(descriptor)
    {
        _session = OpenSsl.NewSession(context);
        _ = OpenSsl.SetDescriptor(_session, descriptor);
        int result = OpenSsl.Connect(_session);
        if (result == 1) return;
        int error = OpenSsl.Error(_session, result);
        OpenSsl.FreeSession(_session); // the descriptor stays the plain channel's
        throw new InvalidRunException($"TLS handshake failed (SSL error {error})");
    }

    // All or nothing: after 0 the caller must offer the same bytes again, as OpenSSL may have sealed a part of them.
    internal override int Send(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            int sent = OpenSsl.Write(_session, start, bytes.Length);
            return sent > 0 ? sent : WouldBlock(sent);
        }
    }

    // Loops to the end: what OpenSSL has read ahead would never show up in epoll again.
    internal override int Receive(Span<byte> buffer)
    {
        int total = 0;
        fixed (byte* start = buffer)
        {
            while (total < buffer.Length)
            {
                int received = OpenSsl.Read(_session, start + total, buffer.Length - total);
                if (received <= 0)
                {
                    if (total == 0) return WouldBlock(received);
                    break;
                }
                total += received;
                if (IsBlocking) break;
            }
        }
        return total;
    }

    /// <summary>While set, <see cref="Receive"/> returns after one record instead of waiting for a full buffer.</summary>
    internal bool IsBlocking { get; set; } = true;

    private int WouldBlock(int result)
    {
        int error = OpenSsl.Error(_session, result);
        return error is OpenSsl.ErrorWantRead or OpenSsl.ErrorWantWrite
            ? 0
            : throw new InvalidRunException($"TLS connection lost (SSL error {error})");
    }

    public override void Dispose()
    {
        OpenSsl.FreeSession(_session);
        base.Dispose();
    }
}
