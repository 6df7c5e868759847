using System.Globalization;
using System.Text;
using Load.Wire;

namespace Load.Workers;

/// <summary>Makes many pull consumers of a subject each, to which nothing is published until the end.</summary>
// Commands: `make n` makes n more, with a waiting pull each where that is asked for; `check` publishes a message for every one of them, asks for
// what nobody asked for yet, and answers when each consumer has delivered its own message and nothing else.
internal sealed class IdleConsumersWorker : CommandWorker, IReplySink
{
    private readonly int _port;
    private readonly bool _isWaiting;
    private readonly NatsConnection _connection;
    private readonly ReplyStream _replies = new();
    private readonly string _stream = PublishShape.StreamName(0);
    private bool[] _delivered = [];
    private int _made;
    private int _answered;
    private int _stored;

    internal IdleConsumersWorker(WorkerArguments arguments)
    {
        _port = arguments.Integer("port");
        _isWaiting = arguments.Flag("waiting");
        _connection = NatsConnection.Open(_port, Buffer);
        _connection.Subscribe("_INBOX.idle.*", "1");
        _connection.Fence(Buffer);
    }

    protected override void Obey(string command, long number)
    {
        if (command == "make") Make((int)number);
        else Check();
        ControlPipe.Answer(("consumers", _made));
    }

    // Key 0 is left for others.
    private void Make(int count)
    {
        ConsumerMaker.Make(_port, _stream, Enumerable.Range(_made + 1, count).Select(key => (Name(key), Configuration(key))), Buffer);
        if (_isWaiting)
        {
            for (int key = _made + 1; key <= _made + count; key++) Pull(key);
            _connection.Fence(Buffer);
        }

        _made += count;
    }

    private void Check()
    {
        _delivered = new bool[_made + 1];
        for (int key = 1; key <= _made; key++)
        {
            string subject = PublishShape.Subject(key, isSplit: false);
            Send(Text($"PUB {subject} _INBOX.idle.stored {subject.Length}\r\n{subject}\r\n"));
            if (!_isWaiting) Pull(key);
            Await(key - 500);
        }

        Await(_made);
        // Nothing more comes behind the last one.
        Send("PING\r\n");
        ReceiveSome();
        if (_answered != _made || _stored != _made) throw new InvalidRunException($"{_made} consumers delivered {_answered} messages of {_stored}");
    }

    private void Pull(int key)
    {
        const string body = """{"batch":1,"expires":600000000000}""";
        Send(Text($"PUB $JS.API.CONSUMER.MSG.NEXT.{_stream}.{Name(key)} _INBOX.idle.{key} {body.Length}\r\n{body}\r\n"));
    }

    private void Await(int count)
    {
        while (_answered < count || _stored < count) ReceiveSome();
    }

    private void ReceiveSome()
    {
        int received = _connection.Channel.Receive(Buffer);
        if (received == 0) throw new InvalidRunException($"nothing came for 10 s; {_stored} messages were stored, {_answered} delivered");
        _replies.Accept(Buffer.AsSpan(0, received), this);
        for (; _replies.UnansweredPings > 0; _replies.UnansweredPings--) Send("PONG\r\n");
    }

    void IReplySink.OnReply(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload)
    {
        if (subject.EndsWith("stored"u8))
        {
            if (payload.IndexOf("\"seq\":"u8) < 0) throw new InvalidRunException($"a publish was not acknowledged: {Encoding.ASCII.GetString(payload)}");
            _stored++;
            return;
        }

        int key = headers.IsEmpty && int.TryParse(payload[(payload.LastIndexOf((byte)'.') + 1)..], CultureInfo.InvariantCulture, out int number) ? number : 0;
        // What a pull consumer delivers comes under the subject it was published to.
        if (key < 1 || key > _made || _delivered.Length == 0 || _delivered[key] || !subject.SequenceEqual(payload))
            throw new InvalidRunException($"a consumer delivered {Encoding.ASCII.GetString(subject)}: {Encoding.ASCII.GetString(headers.IsEmpty ? payload : headers)}");
        _delivered[key] = true;
        _answered++;
    }

    private void Send(string text) => _connection.Channel.SendAll(Encoding.ASCII.GetBytes(text));

    private static string Name(int key) => Text($"IDLE{key}");

    private static string Configuration(int key) =>
        $$"""{"name":"{{Name(key)}}","durable_name":"{{Name(key)}}","ack_policy":"explicit","filter_subject":"{{PublishShape.Subject(key, isSplit: false)}}"}""";

    private static string Text(FormattableString text) => FormattableString.Invariant(text);

    public override void Dispose() => _connection.Dispose();
}
