package io.epona.broker.cli;

import io.epona.client.AckHandler;
import io.epona.client.Producer;
import io.epona.client.Receipt;
import io.epona.client.Topic;
import io.epona.codecs.ResultCode;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends records through a producer, as fast as the broker takes them, and keeps count of what became of them.
 * <p>
 * Owned by one thread.
 */
final class RecordSender implements AckHandler
{
    private static final int POLL_INTERVAL = 256;
    private static final long PARK_NS = 50_000;
    private static final int YIELDS = 200;
    private static final long PROGRESS_NS = TimeUnit.SECONDS.toNanos(1);

    private final NanoClock clock = SystemNanoClock.INSTANCE;
    private final Terminal terminal;
    private final long timeoutNs;
    private final boolean isUnacknowledged;
    private Producer producer;
    private Topic topic;
    private Integer fixedPartition;
    private int nextPartition;
    private long sentCount;
    private long ackedCount;
    private long failedCount;
    private boolean isOutcomeUnknown;
    private int firstFailure;
    private long startNs;
    private long nextProgressNs;

    RecordSender(final Terminal terminal, final int timeoutSeconds, final boolean isUnacknowledged)
    {
        this.terminal = terminal;
        this.timeoutNs = TimeUnit.SECONDS.toNanos(timeoutSeconds);
        this.isUnacknowledged = isUnacknowledged;
    }

    void begin(final Producer producer, final String topicName, final Integer partition)
    {
        this.producer = producer;
        this.topic = producer.topic(topicName);
        this.fixedPartition = partition;
        if (null != partition && (partition < 0 || partition >= topic.partitionCount()))
        {
            throw new CommandException(
                ExitCodes.USAGE,
                "topic " + topicName + " has partitions 0 to " + (topic.partitionCount() - 1) + ", not " + partition);
        }
        startNs = clock.nanoTime();
        nextProgressNs = startNs + PROGRESS_NS;
    }

    /**
     * Send one record; waits while the broker takes nothing.
     *
     * @param what       a record of the input is called.
     * @param number     of it in the input.
     * @param buffer     holding the record.
     * @param keyIndex   of the key.
     * @param keyLength  of the key, -1 for none.
     * @param valueIndex of the value.
     * @param valueLength of the value.
     * @throws CommandException where it cannot be sent.
     */
    void send(
        final String what,
        final long number,
        final DirectBuffer buffer,
        final int keyIndex,
        final int keyLength,
        final int valueIndex,
        final int valueLength)
    {
        final int partition = partitionFor(buffer, keyIndex, keyLength);
        long result = trySend(partition, buffer, keyIndex, keyLength, valueIndex, valueLength);
        if (result < 0)
        {
            result = await(partition, result, buffer, keyIndex, keyLength, valueIndex, valueLength);
        }
        if (ResultCode.RECORD_TOO_LARGE.code() == result)
        {
            throw new CommandException(
                ExitCodes.USAGE,
                what + " " + number + " is too long for a record (" + valueLength + " bytes): " +
                "split it, or raise max.message.bytes of the broker and the topic; those before it were sent");
        }
        if (result < 0)
        {
            throw new CommandException(
                ExitCodes.of(ResultCode.get(result)),
                what + " " + number + " could not be sent: " + ResultCode.nameOf(result) + remedy(result));
        }

        sentCount++;
        if (0 == sentCount % POLL_INTERVAL)
        {
            producer.poll();
            checkFailures();
            showProgress();
        }
    }

    private int partitionFor(final DirectBuffer buffer, final int keyIndex, final int keyLength)
    {
        if (null != fixedPartition)
        {
            return fixedPartition;
        }
        if (keyLength >= 0)
        {
            return topic.partitionFor(buffer, keyIndex, keyLength);
        }
        final int partition = nextPartition;
        nextPartition = partition + 1 == topic.partitionCount() ? 0 : partition + 1;
        return partition;
    }

    private long trySend(
        final int partition,
        final DirectBuffer buffer,
        final int keyIndex,
        final int keyLength,
        final int valueIndex,
        final int valueLength)
    {
        return keyLength < 0 ?
            producer.send(topic, partition, buffer, valueIndex, valueLength) :
            producer.send(
                topic,
                partition,
                TimeUnit.MILLISECONDS.toNanos(org.agrona.concurrent.SystemEpochClock.INSTANCE.time()),
                buffer,
                keyIndex,
                keyLength,
                buffer,
                valueIndex,
                valueLength);
    }

    private long await(
        final int partition,
        final long first,
        final DirectBuffer buffer,
        final int keyIndex,
        final int keyLength,
        final int valueIndex,
        final int valueLength)
    {
        final long deadlineNs = clock.nanoTime() + timeoutNs;
        long result = first;
        int idle = 0;
        while (isTransient(result) && clock.nanoTime() - deadlineNs < 0)
        {
            if (producer.poll() > 0)
            {
                idle = 0;
                checkFailures();
            }
            else if (idle++ < YIELDS)
            {
                Thread.yield();
            }
            else
            {
                LockSupport.parkNanos(PARK_NS);
            }
            result = trySend(partition, buffer, keyIndex, keyLength, valueIndex, valueLength);
        }

        return result;
    }

    private static boolean isTransient(final long result)
    {
        return ResultCode.BACK_PRESSURED.code() == result || ResultCode.ADMIN_ACTION.code() == result ||
            ResultCode.NOT_CONNECTED.code() == result;
    }

    private static String remedy(final long result)
    {
        final ResultCode code = ResultCode.get(result);
        return null == code ? "" : "; " + code.remedy();
    }

    @Override
    public void onAck(final Receipt receipt)
    {
        if (0 == receipt.code())
        {
            ackedCount += receipt.count();
        }
        else
        {
            failedCount += receipt.count();
            firstFailure = 0 == firstFailure ? receipt.code() : firstFailure;
            isOutcomeUnknown |= !receipt.isOutcomeKnown();
        }
    }

    private void checkFailures()
    {
        if (failedCount > 0)
        {
            throw new CommandException(
                ExitCodes.of(ResultCode.get(firstFailure)),
                failedCount + " records were not acknowledged, the first with " + ResultCode.nameOf(firstFailure) +
                remedy(firstFailure) + "; " + ackedCount + " were acknowledged" +
                (isOutcomeUnknown ? "; some of the failed may be in the topic" : ""));
        }
    }

    /**
     * Wait until everything is acknowledged.
     *
     * @throws CommandException where something was not.
     */
    void finish()
    {
        producer.flush();
        final boolean isAcked = producer.awaitAcks(timeoutNs);
        checkFailures();
        if (!isAcked && !isUnacknowledged)
        {
            throw new CommandException(
                ExitCodes.INFRASTRUCTURE,
                producer.unacked() + " records were not acknowledged in " + TimeUnit.NANOSECONDS.toSeconds(timeoutNs) +
                " seconds, and may be in the topic or not; " + ackedCount + " were acknowledged: look at the broker");
        }
        if (terminal.isInteractive())
        {
            terminal.err().printf(
                "%d records in %.1f s%n", sentCount, (clock.nanoTime() - startNs) / 1e9);
        }
    }

    private void showProgress()
    {
        if (terminal.isInteractive() && clock.nanoTime() - nextProgressNs > 0)
        {
            nextProgressNs += PROGRESS_NS;
            terminal.err().printf("%d records sent, %d acknowledged%n", sentCount, ackedCount);
        }
    }
}
