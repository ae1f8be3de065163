package io.epona.broker.cli;

import io.epona.client.Consumer;
import io.epona.client.EponaClient;
import io.epona.client.TopicDescription;
import io.epona.codecs.ResultCode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/**
 * Writes the records of a topic to standard output.
 */
@Command(
    name = "consume",
    mixinStandardHelpOptions = true,
    description =
        "Write the records of a topic to standard output, each followed by a line feed. With several partitions the " +
        "order is kept within each.")
final class ConsumeCommand implements Callable<Integer>
{
    private static final int RECORDS_PER_POLL = 4096;
    private static final int YIELDS = 200;
    private static final long PARK_NS = 100_000;

    private final Terminal terminal;

    @Mixin
    private Bootstrap bootstrap;

    @Parameters(index = "0", paramLabel = "TOPIC", description = "Name of the topic.")
    private String topicName;

    @Option(
        names = "--from",
        paramLabel = "earliest|latest|OFFSET|TIME",
        defaultValue = "latest",
        description =
            "Where to begin (default: ${DEFAULT-VALUE}). A time is one of ISO 8601 with its zone, such as " +
            "2026-03-01T09:30:00Z or 2026-03-01T09:30+01:00: the first record of that time, else what comes next.")
    private String from;

    private long fromNs = -1;

    @Option(names = "--partition", paramLabel = "N", description = "Only this partition; repeatable.")
    private int[] partitions;

    @Option(
        names = "--exit-at-end",
        description = "Stop after the records that are in the topic when the command starts.")
    private boolean isExitAtEnd;

    @Option(names = "--max-records", paramLabel = "N", description = "Stop after this many records.")
    private long maxRecords = Long.MAX_VALUE;

    @Option(names = "--key-separator", paramLabel = "TEXT", description = "Write the key and this before each value.")
    private String keySeparator;

    @Option(names = "--raw", description = "Write the values as they are, without line feeds.")
    private boolean isRaw;

    ConsumeCommand(final Terminal terminal)
    {
        this.terminal = terminal;
    }

    @Override
    public Integer call()
    {
        if (!from.matches("earliest|latest|[0-9]{1,18}"))
        {
            fromNs = parseTime(from);
        }
        if (maxRecords < 1)
        {
            throw new CommandException(ExitCodes.USAGE, "--max-records takes a number from 1");
        }

        try (EponaClient client = bootstrap.connect())
        {
            final int[] assigned = assigned(client.admin().describeTopic(topicName));
            final Consumer.StartAt startAt =
                "earliest".equals(from) ? Consumer.StartAt.EARLIEST : Consumer.StartAt.LATEST;
            try (Consumer consumer = client.newConsumer(new Consumer.Context().startAt(startAt)))
            {
                consume(consumer, assigned);
            }
        }
        catch (final UncheckedIOException ex)
        {
            // Whoever read our output has seen enough ('| head').
            return ExitCodes.OK;
        }

        return ExitCodes.OK;
    }

    private static long parseTime(final String text)
    {
        try
        {
            final Instant time = OffsetDateTime.parse(text).toInstant();
            return Math.max(
                0, Math.addExact(Math.multiplyExact(time.getEpochSecond(), 1_000_000_000L), time.getNano()));
        }
        catch (final DateTimeParseException | ArithmeticException ex)
        {
            throw new CommandException(
                ExitCodes.USAGE,
                "--from takes earliest, latest, an offset, or a time with its zone such as 2026-03-01T09:30:00Z, not " +
                text);
        }
    }

    private int[] assigned(final TopicDescription topic)
    {
        final int count = topic.partitions().size();
        if (null == partitions)
        {
            final int[] all = new int[count];
            for (int i = 0; i < count; i++)
            {
                all[i] = i;
            }
            return all;
        }

        for (final int partition : partitions)
        {
            if (partition < 0 || partition >= count)
            {
                throw new CommandException(
                    ExitCodes.USAGE,
                    "topic " + topicName + " has partitions 0 to " + (count - 1) + ", not " + partition);
            }
        }
        return partitions;
    }

    private void consume(final Consumer consumer, final int[] assigned)
    {
        consumer.assign(topicName, assigned);
        for (final int partition : assigned)
        {
            if (fromNs >= 0)
            {
                final long offset = consumer.offsetForTimestamp(topicName, partition, fromNs);
                if (offset >= 0)
                {
                    consumer.seek(topicName, partition, offset);
                }
            }
            else if (Character.isDigit(from.charAt(0)))
            {
                consumer.seek(topicName, partition, Long.parseLong(from));
            }
        }
        final long[] ends = new long[assigned.length];
        if (isExitAtEnd)
        {
            for (int i = 0; i < assigned.length; i++)
            {
                ends[i] = consumer.endOffset(topicName, assigned[i]);
            }
        }

        final RecordWriter writer =
            new RecordWriter(terminal.out(), keySeparator, isRaw, maxRecords, isExitAtEnd ? assigned : null, ends);
        run(consumer, writer);
        writer.flush();
    }

    private void run(final Consumer consumer, final RecordWriter writer)
    {
        int idle = 0;
        while (!terminal.stop().isRequested() && !writer.isDone(consumer, topicName))
        {
            final int count = consumer.poll(writer, RECORDS_PER_POLL);
            if (count < 0)
            {
                writer.flush();
                throw new CommandException(
                    ExitCodes.of(ResultCode.get(count)),
                    "reading " + topicName + " failed: " + ResultCode.nameOf(count) +
                    (null == ResultCode.get(count) ? "" : "; " + ResultCode.get(count).remedy()));
            }
            if (count > 0)
            {
                idle = 0;
            }
            else
            {
                writer.flush();
                if (idle++ < YIELDS)
                {
                    Thread.yield();
                }
                else
                {
                    LockSupport.parkNanos(PARK_NS);
                }
            }
        }
    }
}
