using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using DotNats.Primitives;
using DotNats.Server.Accounts;
using DotNats.Server.InternalClients;

namespace DotNats.Server.SystemAccount;

/// <summary>Publishes events and answers in the order in which they were made, on threads of its own: whoever posts one goes on at once.</summary>
// Owner: SystemServices. Any thread posts; the mailbox's runner writes and publishes, and owns _buffer.
// Lifetime: from the server's start until FlushAsync at its end. Invariant: what waits is bounded; what finds no room is lost and counted.
internal sealed class SystemSender
{
    // An event holds on to about this much until it is written.
    private const int EventBytes = 1024;

    // Room for what happens when tens of thousands of connections come or go at once, and for some hundred pages of connections.
    private const long MaxBytes = 128L * 1024 * 1024;
    private const int MaxLetters = 65536;

    private readonly ServerCore _server;
    private readonly Mailbox<Letter> _mailbox;
    private readonly ArrayBufferWriter<byte> _buffer = new(2048);
    private long _lost;
    private volatile bool _isSilent;

    public SystemSender(ServerCore server)
    {
        _server = server;
        _mailbox = new Mailbox<Letter>(Handle, error => SystemLog.SendFailed(server.Logger, error), MaxLetters, MaxBytes);
    }

    /// <summary>The server has said its last word: neither events nor answers are sent any more.</summary>
    public bool IsSilent => _isSilent;

    public int Pending => _mailbox.Count;

    public bool IsSending => _mailbox.IsHandling;

    /// <summary>Messages there was no room for.</summary>
    public long Lost => Volatile.Read(ref _lost);

    /// <summary>Has a message published that is made at the last moment; null as its content means that there is nothing to tell after all.</summary>
    /// <param name="make">Makes it from the block that names the server; runs later, on another thread.</param>
    /// <param name="isLast">Nothing is sent after this one.</param>
    public void Post<T>(Account account, byte[] subject, Func<ServerBlock, T?> make, JsonTypeInfo<T> type, bool isLast = false)
        where T : class => Post(new EventLetter<T>(account, subject, make, type) { IsLast = isLast }, EventBytes);

    public void Post<T>(Account account, string subject, Func<ServerBlock, T?> make, JsonTypeInfo<T> type, bool isLast = false)
        where T : class => Post(account, Encoding.UTF8.GetBytes(subject), make, type, isLast);

    /// <summary>Has an answer published: the block that names the server, then these members.</summary>
    /// <param name="members">JSON of an object whose members follow.</param>
    /// <param name="encoding">The form that was asked for; null for plain text.</param>
    public void PostAnswer(Account account, byte[] subject, ReadOnlyMemory<byte> members, string? encoding) =>
        Post(new AnswerLetter(account, subject, members, encoding), EventBytes + members.Length);

    /// <summary>Has bytes published as they are.</summary>
    public void PostBytes(Account account, byte[] subject, ReadOnlyMemory<byte> payload) =>
        Post(new BytesLetter(account, subject, payload), EventBytes + payload.Length);

    /// <summary>Completes when everything posted before has been published or the time is over.</summary>
    public async Task FlushAsync(TimeSpan atMost)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_mailbox.TryPost(new FlushLetter(done))) return;
        await Task.WhenAny(done.Task, Task.Delay(atMost, _server.Time)).ConfigureAwait(false);
    }

    public void Close() => _mailbox.Close();

    private void Post(Letter letter, int bytes)
    {
        if (_isSilent || _mailbox.TryPost(letter, bytes)) return;
        // At 1, 2, 4, 8…: a flood is worth a line now and then, not one a message.
        long lost = Interlocked.Increment(ref _lost);
        if ((lost & (lost - 1)) == 0) SystemLog.MessagesLost(_server.Logger, lost);
    }

    private void Handle(Letter letter)
    {
        if (letter is FlushLetter flush)
        {
            flush.Done.TrySetResult();
            return;
        }

        if (_isSilent) return;
        if (letter.IsLast) _isSilent = true;
        _buffer.ResetWrittenCount();
        if (!letter.Write(_buffer, _server.Stamp)) return;
        ReadOnlyMemory<byte> payload = ContentEncoding.Encode(letter.Encoding, _buffer.WrittenMemory);
        InternalPublisher.Publish(_server, letter.Account!, letter.Subject, default, ContentEncoding.HeaderOf(letter.Encoding), payload.Span);
    }

    private static void WriteJson<T>(IBufferWriter<byte> target, T value, JsonTypeInfo<T> type)
    {
        using Utf8JsonWriter json = SystemJson.CreateWriter(target);
        JsonSerializer.Serialize(json, value, type);
    }

    private abstract class Letter(Account? account, byte[] subject)
    {
        public Account? Account { get; } = account;

        public byte[] Subject { get; } = subject;

        public string? Encoding { get; init; }

        public bool IsLast { get; init; }

        public abstract bool Write(IBufferWriter<byte> target, ServerStamp stamp);
    }

    private sealed class EventLetter<T>(Account account, byte[] subject, Func<ServerBlock, T?> make, JsonTypeInfo<T> type) : Letter(account, subject)
        where T : class
    {
        public override bool Write(IBufferWriter<byte> target, ServerStamp stamp)
        {
            if (make(stamp.Next()) is not { } content) return false;
            WriteJson(target, content, type);
            return true;
        }
    }

    private sealed class AnswerLetter : Letter
    {
        private readonly ReadOnlyMemory<byte> _members;

        public AnswerLetter(Account account, byte[] subject, ReadOnlyMemory<byte> members, string? encoding) : base(account, subject)
        {
            _members = members;
            Encoding = encoding;
        }

        public override bool Write(IBufferWriter<byte> target, ServerStamp stamp)
        {
            target.Write("{\"server\":"u8);
            WriteJson(target, stamp.Next(), SystemJson.Compact.ServerBlock);
            if (_members.Length > 2) target.Write(","u8);
            target.Write(_members.Span[1..]);
            return true;
        }
    }

    private sealed class BytesLetter(Account account, byte[] subject, ReadOnlyMemory<byte> payload) : Letter(account, subject)
    {
        public override bool Write(IBufferWriter<byte> target, ServerStamp stamp)
        {
            target.Write(payload.Span);
            return true;
        }
    }

    private sealed class FlushLetter(TaskCompletionSource done) : Letter(null, [])
    {
        public TaskCompletionSource Done { get; } = done;

        public override bool Write(IBufferWriter<byte> target, ServerStamp stamp) => false;
    }
}
