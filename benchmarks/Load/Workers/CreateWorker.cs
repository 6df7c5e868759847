using System.Diagnostics;
using System.Globalization;
using Load.Wire;

namespace Load.Workers;

/// <summary>Creates consumers one after the other, of every kind in turn, and deletes each again.</summary>
// Commands: `prepare n`, with n the messages in the stream, works out what each kind must find; `run ms` runs through all kinds until the time
// is over, each as often as the others: `created= p50= p99=` (nanoseconds of a creation) and, for each kind, `kN=` its median.
internal sealed class CreateWorker : CommandWorker
{
    private readonly JetStreamApi _api;
    private readonly string _stream = PublishShape.StreamName(0);
    private readonly int _keys;
    private readonly IReadOnlyList<CreateKind> _kinds;
    private readonly long[] _expected;
    private long _startSequence;
    private string _startTime = "";
    private long _created;

    internal CreateWorker(WorkerArguments arguments)
    {
        _api = new JetStreamApi(arguments.Integer("port"));
        _keys = arguments.Integer("keys");
        _kinds = CreateKind.Of(arguments.Flag("started"));
        _expected = new long[_kinds.Count];
    }

    protected override void Obey(string command, long number)
    {
        if (command == "prepare") Prepare(number);
        else Run(number);
    }

    private void Prepare(long messages)
    {
        _startSequence = messages * 3 / 5;
        _startTime = _api.TimeOf(_stream, _startSequence);
        // Messages of one moment: the first of them is where that time begins.
        while (_startSequence > 1 && _api.TimeOf(_stream, _startSequence - 1) == _startTime) _startSequence--;
        foreach (var kinds in _kinds.Select((kind, index) => (kind, index)).GroupBy(k => k.kind.Filters))
        {
            int[] wanted = kinds.First().kind.WantedKeys(_keys);
            foreach ((CreateKind kind, int index) in kinds) _expected[index] = kind.Expected(messages, _keys, wanted, _startSequence);
        }

        ControlPipe.Answer(("start", _startSequence));
    }

    private void Run(long milliseconds)
    {
        LatencySamples all = new();
        LatencySamples[] each = [.. _kinds.Select(_ => new LatencySamples())];
        long deadline = Now + milliseconds * Stopwatch.Frequency / 1000;
        do
        {
            for (int kind = 0; kind < each.Length; kind++)
            {
                long taken = Create(kind);
                all.Add(taken);
                each[kind].Add(taken);
            }
        }
        while (Now < deadline);
        (string, long)[] kinds = [.. each.Select((samples, kind) => (string.Create(CultureInfo.InvariantCulture, $"k{kind}"), samples.QuantileNanoseconds(0.5)))];
        ControlPipe.Answer([("created", all.Count), ("p50", all.QuantileNanoseconds(0.5)), ("p99", all.QuantileNanoseconds(0.99)), .. kinds]);
    }

    private long Create(int kind)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"C{_created++}");
        string configuration = _kinds[kind].Configuration(name, _startSequence, _startTime);
        long begun = Now;
        long pending = _api.CreateCountedConsumer(_stream, name, configuration);
        long taken = Now - begun;
        if (pending != _expected[kind]) throw new InvalidRunException($"{_kinds[kind]} has {pending} messages before it, not {_expected[kind]}");
        _api.DeleteConsumer(_stream, name);
        return taken;
    }

    public override void Dispose() => _api.Dispose();
}
