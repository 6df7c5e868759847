using System.Collections.Concurrent;
using System.Globalization;
using System.Numerics;
using System.Text;
using DotNats.Primitives;
using DotNats.Server.Accounts;
using DotNats.Server.Routing;

namespace DotNats.Server.InternalClients;

/// <summary>A part of the server as publisher and subscriber in one account, without socket or protocol text.</summary>
/// <remarks>
/// Handlers run one at a time on the thread pool, never on the thread of whoever published. A part whose handlers take long, or must not
/// wait for those of another, has a client of its own.
/// </remarks>
// Owner: the part that made it. Publishers of any thread post to the mailbox; its runner calls the handlers.
// Lifetime: until disposed, which ends its subscriptions. Invariant: every subscription in _subscriptions is in the account's table.
internal sealed class InternalClient : ISubscriber, IDisposable
{
    // What may wait for the handlers of one client; more is refused, which a requester sees as no responders.
    private const int MaxMessages = 8192;
    private const long MaxBytes = 64L * 1024 * 1024;

    private readonly ServerCore _server;
    private readonly Mailbox<InternalMessage> _mailbox;
    private readonly ConcurrentDictionary<Subscription, InternalSubscription> _subscriptions = new(ReferenceEqualityComparer.Instance);
    private int _lastId;
    private int _isDisposed;
    private long _refused;

    /// <param name="name">What logs and monitoring call it.</param>
    public InternalClient(ServerCore server, Account account, string name, int maxMessages = MaxMessages, long maxBytes = MaxBytes)
    {
        _server = server;
        Account = account;
        Name = name;
        _mailbox = new Mailbox<InternalMessage>(Handle, error => InternalClientLog.HandlerFailed(server.Logger, error, Name), maxMessages, maxBytes);
    }

    public string Name { get; }

    public Account Account { get; }

    /// <summary>Messages waiting for their handlers or being handled.</summary>
    public int Pending => _mailbox.Count;

    /// <summary>A handler is at work.</summary>
    public bool IsHandling => _mailbox.IsHandling;

    /// <summary>Messages there was no room for.</summary>
    public long Refused => Volatile.Read(ref _refused);

    /// <summary>Publishes and sends at once; false where nobody took the message. Any thread that holds no lock and is inside no batch.</summary>
    /// <param name="headers">Whole header block, from status line to empty line; empty for none.</param>
    public bool Publish(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> reply, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload) =>
        InternalPublisher.Publish(_server, Account, subject, reply, headers, payload);

    /// <summary>Answers a message; false where it wants no answer or nobody took it.</summary>
    public bool Respond(InternalMessage request, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload) =>
        request.Reply.Length > 0 && Publish(request.Reply, default, headers, payload);

    /// <summary>Has <paramref name="handler"/> called with every message to a subject or wildcard; with a queue group, with those that fall to it.</summary>
    /// <param name="fromOthersOnly">What this server itself publishes is left to others.</param>
    public InternalSubscription Subscribe(string subject, string? queue, Action<InternalMessage> handler, bool fromOthersOnly = false)
    {
        ObjectDisposedException.ThrowIf(_isDisposed != 0, this);
        byte[] id = Encoding.ASCII.GetBytes(Interlocked.Increment(ref _lastId).ToString(CultureInfo.InvariantCulture));
        var subscription = new InternalSubscription(this, subject, queue, new SubscriptionId(id), handler) { IsFromOthersOnly = fromOthersOnly };
        _subscriptions[subscription.Entry] = subscription;
        Account.AddInterest(subscription.Entry);
        // Disposed meanwhile: the clean-up may have come before this one was there.
        if (Volatile.Read(ref _isDisposed) != 0) Remove(subscription);
        return subscription;
    }

    public void Remove(InternalSubscription subscription)
    {
        if (!_subscriptions.TryRemove(subscription.Entry, out _)) return;
        subscription.Entry.IsClosed = true;
        Account.RemoveInterest(subscription.Entry);
    }

    public bool Deliver(DeliveryContext context, Subscription subscription, in Message message, ReadOnlySpan<byte> subject)
    {
        if (subscription.IsClosed || !_subscriptions.TryGetValue(subscription, out InternalSubscription? target)) return false;
        if (target.IsFromOthersOnly && message.Origin is null) return false;
        // A message that is only traced reaches nobody; parts of the server are not named in its event.
        if (message.Trace is { IsTraceOnly: true }) return true;
        // Posting may wake a thread, which is nothing to do under a connection's lock.
        context.ReleaseHeld();
        var copy = new InternalMessage(target, in message, subject);
        if (!_mailbox.TryPost(copy, copy.Bytes))
        {
            // At 1, 2, 4, 8…: a flood is worth a line now and then, not one a message.
            if (BitOperations.IsPow2(Interlocked.Increment(ref _refused))) InternalClientLog.MailboxFull(_server.Logger, Name, Refused);
            return false;
        }

        Interlocked.Increment(ref subscription.Delivered);
        return true;
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        _mailbox.Close();
        foreach (InternalSubscription subscription in _subscriptions.Values) Remove(subscription);
    }

    private static void Handle(InternalMessage message)
    {
        if (!message.Subscription.Entry.IsClosed) message.Subscription.Handler(message);
    }
}
