using System.Buffers;
using DotNats.Server.Accounts;
using DotNats.Server.Routing;

namespace DotNats.Server.InternalClients;

/// <summary>Publishes what the server itself has to say. Nobody's permissions apply, nobody's traffic is counted but the receivers'.</summary>
internal static class InternalPublisher
{
    /// <summary>Publishes as part of a batch; it leaves when <paramref name="context"/> is flushed. False where nobody took the message.</summary>
    /// <param name="headers">Whole header block, from status line to empty line; empty for none.</param>
    public static bool Publish(
        DeliveryContext context, Account account, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> reply, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload)
    {
        context.ReleaseHeld();
        int length = headers.Length + payload.Length + 2;
        byte[] body = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            headers.CopyTo(body);
            payload.CopyTo(body.AsSpan(headers.Length));
            "\r\n"u8.CopyTo(body.AsSpan(length - 2));
            var message = new Message { Subject = subject, Reply = reply, HeaderLength = headers.Length, Body = body.AsSpan(0, length) };
            return MessageRouter.Route(context, account, in message);
        }
        finally
        {
            context.ReleaseHeld();
            ArrayPool<byte>.Shared.Return(body);
        }
    }

    /// <summary>The same for a message that lies in memory as it is sent.</summary>
    /// <param name="body">Header block, payload and CR LF.</param>
    public static bool PublishWhole(DeliveryContext context, Account account, ReadOnlySpan<byte> subject, int headerLength, ReadOnlySpan<byte> body)
    {
        var message = new Message { Subject = subject, HeaderLength = headerLength, Body = body };
        return MessageRouter.Route(context, account, in message);
    }

    /// <summary>Publishes and sends at once. Any thread that holds no lock and is inside no batch.</summary>
    public static bool Publish(
        ServerCore server, Account account, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> reply, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload)
    {
        DeliveryContext context = server.Contexts.Rent();
        try
        {
            return Publish(context, account, subject, reply, headers, payload);
        }
        finally
        {
            context.Flush();
            server.Contexts.Return(context);
        }
    }
}
