using System.Text;
using DotNats.JetStream.Api;
using DotNats.JetStream.Ingest;
using DotNats.JetStream.Publishing.Headers;
using DotNats.JetStream.Streams;
using DotNats.Server;
using DotNats.Server.Routing;
using DotNats.Storage;

namespace DotNats.JetStream.Direct;

/// <summary>Answers one direct get after the other.</summary>
// Owner: DirectGet, one thread at a time. Previous stop: DirectGet. Next stop: DirectReply.
internal sealed class DirectReader(ServerCore server, LiveStream stream)
{
    // Separators before the subject that a direct get may name: $JS.API.DIRECT.GET.S.
    private readonly int _subjectStart = ApiSubjects.DirectGet(stream.Name).Length + 1;

    private readonly DirectReply _reply = new(stream.Account, stream.Name);
    private readonly MessageBuffer _message = new();
    private readonly List<ulong> _sequences = [];

    public void Answer(DeliveryContext context, in PublishRecord request)
    {
        ReadOnlySpan<byte> reply = request.Reply;
        if (!request.Headers.IsEmpty && ApiLevel.IsBeyond(HeaderLookup.Find(request.Headers, ApiLevel.Header)))
            _reply.SendStatus(context, reply, "412 Required Api Level"u8);
        else if (request.Subject.Length >= _subjectStart)
            AnswerSubject(context, request);
        else
            AnswerBody(context, request);
    }

    private void AnswerSubject(DeliveryContext context, in PublishRecord request)
    {
        ReadOnlySpan<byte> subject = request.Subject[_subjectStart..];
        bool withHeaders = true;
        if (!request.Payload.IsEmpty)
        {
            if (!MessageGetRequest.TryRead(request.Payload, out MessageGetRequest? options))
            {
                _reply.SendStatus(context, request.Reply, "408 Malformed Request"u8);
                return;
            }

            // Nothing but how it is answered may be said beside the subject.
            if (!options.NamesNothing || options.UpToSequence != 0 || options.UpToTime is not null || options.Batch != 0)
            {
                _reply.SendStatus(context, request.Reply, "408 Bad Request"u8);
                return;
            }

            withHeaders = !options.NoHeaders;
        }

        if (subject.IsEmpty) _reply.SendStatus(context, request.Reply, "408 Bad Request"u8);
        else Send(context, request.Reply, stream.Log.TryReadLast(subject, _message), withHeaders);
    }

    private void AnswerBody(DeliveryContext context, in PublishRecord request)
    {
        ReadOnlySpan<byte> reply = request.Reply;
        if (request.Payload.IsEmpty)
        {
            _reply.SendStatus(context, reply, "408 Empty Request"u8);
            return;
        }

        if (!MessageGetRequest.TryRead(request.Payload, out MessageGetRequest? options))
        {
            _reply.SendStatus(context, reply, "408 Malformed Request"u8);
            return;
        }

        if (options.NamesNothing) _reply.SendStatus(context, reply, "408 Empty Request"u8);
        else if (IsContradiction(options)) _reply.SendStatus(context, reply, "408 Bad Request"u8);
        else if (options.MultiLast.Count > 0) SendLastOfMany(context, reply, options);
        else if (options.Batch != 0) SendBatch(context, reply, options);
        else SendOne(context, reply, options);
    }

    private static bool IsContradiction(MessageGetRequest options)
    {
        bool hasSequence = options.Sequence > 0, hasLast = options.LastFor.Length > 0, hasNext = options.NextFor.Length > 0;
        bool hasTime = options.StartTime is not null, hasMany = options.MultiLast.Count > 0;
        return (hasSequence && hasLast) || (hasSequence && hasTime) || (hasTime && hasLast) || (hasLast && hasNext) || (hasLast && options.Batch > 0)
            || (hasLast && hasMany) || (hasNext && hasMany) || (options.UpToSequence > 0 && options.UpToTime is not null);
    }

    private void SendOne(DeliveryContext context, ReadOnlySpan<byte> reply, MessageGetRequest options)
    {
        ulong from = FirstOf(options);
        ReadStatus status = options.NextFor.Length > 0 ? stream.Log.TryReadNext(from, new SubjectFilters(options.NextFor), _message)
            : from > 0 ? stream.Log.TryRead(from, _message)
            : stream.Log.TryReadLast(Encoding.UTF8.GetBytes(options.LastFor), _message);
        Send(context, reply, status, !options.NoHeaders);
    }

    private ulong FirstOf(MessageGetRequest options) =>
        options.StartTime is { } time ? stream.Log.FirstSequenceSince(time.UnixNanoseconds) : options.Sequence;

    private void Send(DeliveryContext context, ReadOnlySpan<byte> reply, ReadStatus status, bool withHeaders)
    {
        if (status != ReadStatus.Found) _reply.SendStatus(context, reply, "404 Message Not Found"u8);
        else if (withHeaders) _reply.SendMessage(context, reply, _message);
        else _reply.SendPayload(context, reply, _message);
    }

    // Compat: fewer than none is an end with nothing before it, and what goes without headers is not counted as gone.
    private void SendBatch(DeliveryContext context, ReadOnlySpan<byte> reply, MessageGetRequest options)
    {
        SubjectFilters? filter = options.NextFor.Length > 0 ? new SubjectFilters(options.NextFor) : null;
        ulong next = FirstOf(options);
        PendingCount pending = stream.Log.CountPending(next, filter, lastPerSubject: false);
        (ulong left, ulong last, long bytes) = (pending.Messages, 0, 0);
        long maxBytes = MaxBytesOf(options);
        for (long i = 0; i < options.Batch; i++)
        {
            if (stream.Log.TryReadNext(next, filter, _message) != ReadStatus.Found)
            {
                if (i > 0 && options.Batch > 1) break;
                _reply.SendStatus(context, reply, "404 Message Not Found"u8);
                return;
            }

            if (left > 0 && !options.NoHeaders) left--;
            // Who went away in the middle gets no more.
            if (!(options.NoHeaders ? _reply.SendPayload(context, reply, _message) : _reply.SendMessage(context, reply, _message, left, last))) return;
            last = _message.Sequence;
            next = last + 1;
            bytes += SizeOf(_message);
            if (bytes >= maxBytes) break;
        }

        if (stream.Log.State.LastSequence > pending.LastCounted) left = stream.Log.CountPending(next, filter, lastPerSubject: false).Messages;
        _reply.SendEnd(context, reply, left, last);
    }

    private void SendLastOfMany(DeliveryContext context, ReadOnlySpan<byte> reply, MessageGetRequest options)
    {
        LogState state = stream.Log.State;
        ulong upTo = options.UpToSequence;
        if (options.UpToTime is { } time)
        {
            upTo = stream.Log.FirstSequenceSince(time.UnixNanoseconds);
            // Nothing is that old.
            if (upTo <= state.FirstSequence)
            {
                _reply.SendStatus(context, reply, "404 No Results"u8);
                return;
            }

            upTo--;
        }

        // Compat: no subject is empty; and a stream in files has nothing up to a sequence it has not come to.
        string[] subjects = [.. options.MultiLast.Where(static subject => subject.Length > 0)];
        bool hasNone = subjects.Length == 0 || (upTo > state.LastSequence && stream.Config.Storage == StorageType.File);
        if (upTo == 0) upTo = state.LastSequence;
        _sequences.Clear();
        if (!hasNone && !stream.Log.TryCopyLastSequences(new SubjectFilters(subjects), upTo, MaxSubjects, _sequences))
            _reply.SendStatus(context, reply, "413 Too Many Results"u8);
        else if (_sequences.Count == 0)
            _reply.SendStatus(context, reply, "404 No Results"u8);
        else
            SendSequences(context, reply, options, upTo);
    }

    // Compat: subjects that one request may ask for.
    private const int MaxSubjects = 1024;

    private void SendSequences(DeliveryContext context, ReadOnlySpan<byte> reply, MessageGetRequest options, ulong upTo)
    {
        (ulong left, ulong last, long bytes, long sent) = ((ulong)_sequences.Count, 0, 0, 0);
        long maxBytes = MaxBytesOf(options);
        foreach (ulong sequence in _sequences)
        {
            left--;
            if (sequence < options.Sequence) continue;
            if (stream.Log.TryRead(sequence, _message) != ReadStatus.Found)
            {
                _reply.SendStatus(context, reply, "404 Message Not Found"u8);
                return;
            }

            if (!_reply.SendMessage(context, reply, _message, left, last)) return;
            last = sequence;
            bytes += SizeOf(_message);
            sent++;
            if (bytes >= maxBytes || sent == options.Batch) break;
        }

        _reply.SendEnd(context, reply, left, last, upTo);
    }

    private static long SizeOf(MessageBuffer message) => message.Subject.Length + message.Headers.Length + message.Payload.Length;

    private long MaxBytesOf(MessageGetRequest options) => options.MaxBytes == 0 ? server.Options.Limits.MaxPendingBytes : options.MaxBytes;
}
