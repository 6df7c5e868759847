using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using DotNats.Protocol;
using DotNats.Server.Accounts;
using DotNats.Server.Connections;
using DotNats.Server.Tracing;

namespace DotNats.Server.Routing;

/// <summary>A published message on its way, as views into the publisher's buffer.</summary>
// Owner: the publishing call. Lifetime: until Route returns; destinations copy.
internal ref struct Message
{
    public ReadOnlySpan<byte> Subject;

    /// <summary>Reply subject; empty for none.</summary>
    public ReadOnlySpan<byte> Reply;

    /// <summary>Bytes of the header block at the start of <see cref="Body"/>; 0 or less for none.</summary>
    public int HeaderLength;

    /// <summary>Header block, payload, CR LF.</summary>
    public ReadOnlySpan<byte> Body;

    /// <summary>Digits of the size as published, to be repeated as they are; empty where the server makes the message.</summary>
    public ReadOnlySpan<byte> SizeText;

    /// <summary>Digits of the header size as published.</summary>
    public ReadOnlySpan<byte> HeaderLengthText;

    /// <summary>Where it came from: asked for echo and permissions of replies; null for the server itself.</summary>
    public Connection? Origin;

    /// <summary>Told by every destination what became of it; null for nearly all messages.</summary>
    public MessageTrace? Trace;

    /// <summary>The service imports it has come through, the last one first; null for what was published in this account.</summary>
    public ImportStep? Via;

    public readonly int Size => Body.Length - 2;

    /// <summary>Takes over what a client published.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Take(in Command command)
    {
        Subject = Split(command.Subject);
        Reply = Split(command.Reply);
        HeaderLength = command.HeaderLength;
        Body = Split(command.Body);
        SizeText = Split(command.SizeText);
        HeaderLengthText = Split(command.HeaderLengthText);
    }

    /// <summary>A view that was just written to memory, read as it was written.</summary>
    // Address and length one by one: a load of both at once, or of more bytes than the length has, would wait until those stores are done.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ReadOnlySpan<byte> Split(ReadOnlySpan<byte> view) => MemoryMarshal.CreateReadOnlySpan(ref MemoryMarshal.GetReference(view), view.Length);
}
