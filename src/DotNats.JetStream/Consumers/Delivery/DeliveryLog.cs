using Microsoft.Extensions.Logging;

namespace DotNats.JetStream.Consumers;

/// <summary>What running consumers log. Texts are nats-server's where it has one.</summary>
internal static partial class DeliveryLog
{
    [LoggerMessage(680, LogLevel.Warning, "JetStream consumer '{Account} > {Stream} > {Consumer}' bad NAK delay value: {Delay}")]
    public static partial void BadDelay(ILogger logger, string account, string stream, string consumer, string delay);

    [LoggerMessage(681, LogLevel.Error, "Consumer '{Account} > {Stream} > {Consumer}' failed and stops: what it kept stays as it is")]
    public static partial void Stopped(ILogger logger, Exception exception, string account, string stream, string consumer);

    [LoggerMessage(682, LogLevel.Warning, "Dropping acknowledgements and requests to consumer '{Account} > {Stream} > {Consumer}': {Records} refused")]
    public static partial void QueueFull(ILogger logger, string account, string stream, string consumer, long records);

    [LoggerMessage(683, LogLevel.Error, "JetStream consumer '{Account} > {Stream} > {Consumer}' write error: {Reason}")]
    public static partial void WriteFailed(ILogger logger, string account, string stream, string consumer, string reason);

    [LoggerMessage(684, LogLevel.Warning, "State of consumer '{Account} > {Stream} > {Consumer}' is damaged, it goes on from what is sure: {Damage}")]
    public static partial void Damaged(ILogger logger, string account, string stream, string consumer, string damage);

    [LoggerMessage(685, LogLevel.Warning, "JetStream consumer '{Account} > {Stream} > {Consumer}' delivered sequence {Delivered} past last stream sequence of {Last}")]
    public static partial void PastTheEnd(ILogger logger, string account, string stream, string consumer, ulong delivered, ulong last);

    [LoggerMessage(686, LogLevel.Error, "Consumer '{Account} > {Stream} > {Consumer}' has {Pending} messages and clients that wait, and does nothing: {Obstacle}")]
    public static partial void Stuck(ILogger logger, string account, string stream, string consumer, ulong pending, DeliveryObstacle obstacle);

    [LoggerMessage(687, LogLevel.Error, "Consumer '{Account} > {Stream} > {Consumer}' cannot read message {Sequence}, which is damaged: {Place}")]
    public static partial void Unreadable(ILogger logger, string account, string stream, string consumer, ulong sequence, string place);

    [LoggerMessage(688, LogLevel.Warning, "Dead letter of consumer '{Account} > {Stream} > {Consumer}' for message {Sequence} is refused, it will be sent again: {Answer}")]
    public static partial void LetterRefused(ILogger logger, string account, string stream, string consumer, ulong sequence, string answer);

    [LoggerMessage(677, LogLevel.Warning, "Dead letter of consumer '{Account} > {Stream} > {Consumer}' for message {Sequence} is given up ({Count} so far): {Reason}")]
    public static partial void LetterGivenUp(ILogger logger, string account, string stream, string consumer, ulong sequence, string reason, long count);

    [LoggerMessage(678, LogLevel.Warning, "Consumer '{Account} > {Stream} > {Consumer}' owes {Most} dead letters: that for message {Sequence} is sent once and not owed ({Count} so far)")]
    public static partial void LetterNotOwed(ILogger logger, string account, string stream, string consumer, ulong sequence, int most, long count);

    [LoggerMessage(679, LogLevel.Warning, "Consumer '{Account} > {Stream} > {Consumer}' is deleted, it owed {Letters} dead letters")]
    public static partial void LettersDropped(ILogger logger, string account, string stream, string consumer, int letters);
}
