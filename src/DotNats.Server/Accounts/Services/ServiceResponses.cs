using System.Numerics;
using DotNats.Primitives;
using DotNats.Server.Routing;
using DotNats.Server.Tracing;

namespace DotNats.Server.Accounts;

/// <summary>Responses that an account owes to requests from other accounts: takes them under subjects of the server's own and brings them back.</summary>
/// <remarks>
/// One subscription of the account stands for all of them. A response is found by the number in its subject, and taking that number out is what
/// makes one of several threads its owner.
/// </remarks>
// Owner: the account; any thread asks and answers, the timer wheel clears up. Previous stop: MessageRouter. Next stop: the requester's router.
// Lifetime: from the first request to the end of the account.
internal sealed class ServiceResponses : ISubscriber
{
    private readonly ServerCore _server;
    private readonly Account _account;
    private readonly byte[] _prefix = ReplySubject.NewPrefix();
    private readonly KeyedTable<ServiceResponse> _singles = new();
    private readonly KeyedTable<ServiceResponse> _streams = new();
    private readonly ResponseExpiry _expiry;
    private readonly ulong _secret;
    private ulong _issued;

    public ServiceResponses(ServerCore server, Account account)
    {
        _server = server;
        _account = account;
        _expiry = new ResponseExpiry(server, this);
        Span<byte> random = stackalloc byte[16];
        SystemRandom.Fill(random);
        _secret = BitConverter.ToUInt64(random) | 1;
        _issued = BitConverter.ToUInt64(random[8..]);
        Subscription = new Subscription(this, [.. _prefix, (byte)'>'], queue: null, new SubscriptionId("R"u8));
    }

    /// <summary>Takes the responses; the account has it in its table.</summary>
    public Subscription Subscription { get; }

    /// <summary>Requests that wait for a response, or for more.</summary>
    public int Count => _singles.Count + _streams.Count;

    /// <summary>Keeps a way back. Who calls holds no lock.</summary>
    /// <param name="requester">The account that waits for the response.</param>
    /// <param name="export">The service asked; null for what the server itself imports.</param>
    /// <param name="share">The importing account lets the service know who asks.</param>
    /// <param name="reply">Where the requester wants the response.</param>
    /// <param name="sample">The request's measurement; null for none.</param>
    /// <returns>The number in the reply subject.</returns>
    public ulong Open(Account requester, ServiceExport? export, bool share, ReadOnlySpan<byte> reply, LatencySample? sample)
    {
        bool isStream = export is { ResponseType: not ServiceResponseType.Singleton };
        ServiceResponse response = isStream ? new ServiceResponse() : _server.ResponsePool.Rent();
        response.Responses = this;
        response.Requester = requester;
        response.Export = export;
        response.Share = share;
        response.IsStream = isStream;
        response.Sample = sample;
        response.ThresholdTicks = _expiry.ToTicks(export?.ResponseThreshold ?? ServiceExport.DefaultResponseThreshold);
        long now = response.LastTicks = _server.Time.GetTimestamp();
        response.SetReply(reply);
        ulong ticket = response.Ticket = NextTicket();
        // First here: whoever takes the ticket finds everything in place, and takes it out of here.
        response.Handle = requester.AwaitedReplies.Add(response);
        long threshold = response.ThresholdTicks;
        while (!(isStream ? _streams : _singles).TryAddUnique(ticket, response)) ticket = response.Ticket = NextTicket();
        _expiry.Expect(now, threshold);
        return ticket;
    }

    /// <summary>Where a response under one of its subjects is brought; false for a subject that nobody waits under.</summary>
    public bool TryFollow(ReadOnlySpan<byte> subject, out Account requester, out byte[] reply)
    {
        (requester, reply) = (_account, []);
        if (!subject.StartsWith(_prefix) || !ReplySubject.TryParse(subject, out ulong ticket, out _)) return false;
        if ((_streams.Find(ticket) ?? _singles.Find(ticket)) is not { } response) return false;
        (requester, reply) = (response.Requester, response.Reply.ToArray());
        return true;
    }

    /// <summary>The subject of a number.</summary>
    public int WriteSubject(ulong ticket, bool isMeasured, Span<byte> destination) =>
        ReplySubject.Write(_prefix, ticket, isMeasured ? _server.ReplySuffix : default, destination);

    /// <summary>A subject that nothing answers to.</summary>
    public int WriteUnusedSubject(Span<byte> destination) => WriteSubject(NextTicket(), isMeasured: false, destination);

    /// <summary>Nobody will answer: forgets the way back.</summary>
    public void Drop(ulong ticket, ResponseEnd reason)
    {
        if ((_singles.Take(ticket) ?? _streams.Take(ticket)) is not { } response) return;
        response.Sample?.ReportFailure(_account, reason);
        Release(response);
    }

    public bool Deliver(DeliveryContext context, Subscription subscription, in Message message, ReadOnlySpan<byte> subject)
    {
        context.ReleaseHeld();
        Interlocked.Increment(ref subscription.Delivered);
        // Compat: what answers nothing counts as delivered too: nobody is told that the way back is gone.
        if (!ReplySubject.TryParse(subject, out ulong ticket, out ReadOnlySpan<byte> suffix)) return true;
        if (message.Via is not null && CameThrough(message.Via, ticket)) return true;
        if (_streams.Count > 0 && _streams.Find(ticket) is { } stream)
        {
            if (suffix.IsEmpty) BringStream(context, stream, in message);
        }
        else if (_singles.Take(ticket) is { } response)
        {
            BringSingle(context, response, suffix, in message);
        }

        return true;
    }

    /// <summary>Shows the sink every way back.</summary>
    public void ForEach<TSink>(ref TSink sink)
        where TSink : struct, IEntrySink<ServiceResponse>, allows ref struct
    {
        _singles.ForEach(ref sink);
        _streams.ForEach(ref sink);
    }

    private bool CameThrough(ImportStep path, ulong ticket) => (_streams.Find(ticket) ?? _singles.Find(ticket)) is { } response && ImportStep.Contains(path, response.Export);

    private void BringSingle(DeliveryContext context, ServiceResponse response, ReadOnlySpan<byte> suffix, in Message message)
    {
        ReadOnlySpan<byte> expected = response.Sample is null ? default : _server.ReplySuffix;
        if (!suffix.SequenceEqual(expected))
        {
            // The number, but not the subject that was given out.
            if (!_singles.TryAddUnique(response.Ticket, response)) Release(response);
            return;
        }

        response.Sample?.ReportSuccess(_account, message.Origin);
        Bring(context, response, in message);
        Release(response);
    }

    private void BringStream(DeliveryContext context, ServiceResponse response, in Message message)
    {
        bool delivered = Bring(context, response, in message);
        // An empty message is the last one.
        if (!delivered || message.Size == 0) Drop(response.Ticket, ResponseEnd.Answered);
        else Volatile.Write(ref response.LastTicks, _server.Time.GetTimestamp());
    }

    private bool Bring(DeliveryContext context, ServiceResponse response, in Message message)
    {
        Account requester = response.Requester;
        ImportStep step = context.TakeStep(response.Export, message.Via);
        int mark = context.Scratch.Mark;
        scoped Message back = message;
        back.Subject = requester.TryMap(context, response.Reply, out ReadOnlySpan<byte> mapped) ? mapped : response.Reply;
        back.Via = step;
        Span<byte> room = stackalloc byte[ReplySubject.LongestLength];
        ulong further = 0;
        bool hasFurther = !message.Reply.IsEmpty && !ServiceImportSlot.IsKeptReply(message.Reply);
        if (hasFurther)
        {
            // The response wants an answer: the way back of the way back.
            further = requester.Responses.Open(_account, response.Export, response.Share, message.Reply, sample: null);
            back.Reply = room[..requester.Responses.WriteSubject(further, isMeasured: false, room)];
        }

        bool delivered = message.Trace is null
            ? MessageRouter.Route(context, requester, in back)
            : TracedCrossing.Route(context, requester, ref back, message.Subject, destination: default);
        context.GiveBackStep(step);
        context.Scratch.Release(mark);
        if (!delivered && hasFurther) requester.Responses.Drop(further, ResponseEnd.NotDelivered);
        return delivered;
    }

    // Who owns it has taken its ticket.
    private void Release(ServiceResponse response)
    {
        response.Requester.AwaitedReplies.Remove(response);
        if (!response.IsStream) _server.ResponsePool.Return(response);
    }

    // Spread over all numbers by a secret, so that they cannot be foreseen from others.
    private ulong NextTicket()
    {
        ulong mixed = (Interlocked.Increment(ref _issued) * _secret) ^ BitOperations.RotateLeft(_secret, 32);
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return (mixed ^ (mixed >> 31)) % ReplySubject.TicketEnd;
    }
}

/// <summary>Why a way back is not needed any more.</summary>
internal enum ResponseEnd
{
    Answered,

    /// <summary>The request names no subject for a response.</summary>
    NoReplySubject,

    /// <summary>Nobody took the request.</summary>
    NotDelivered,

    /// <summary>The service took longer than its threshold.</summary>
    TimedOut,

    /// <summary>Nobody listens for the response.</summary>
    InterestLost,
}
