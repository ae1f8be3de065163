package io.epona.broker.cli;

import io.epona.client.EponaClient;
import io.epona.client.Producer;
import org.agrona.concurrent.UnsafeBuffer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/**
 * Sends standard input to a topic, a record a line.
 */
@Command(
    name = "produce",
    mixinStandardHelpOptions = true,
    description =
        "Send standard input to a topic, a record a line. A line ends at a line feed, which is not sent; a carriage " +
        "return is. Empty lines are empty records. Records keep their order within a partition.")
final class ProduceCommand implements Callable<Integer>
{
    private static final int MAX_LINE_LENGTH = 2 * 1024 * 1024;

    private final Terminal terminal;

    @Mixin
    private Bootstrap bootstrap;

    @Parameters(index = "0", paramLabel = "TOPIC", description = "Name of the topic.")
    private String topicName;

    @Option(names = "--partition", paramLabel = "N", description = "Send everything to this partition.")
    private Integer partition;

    @Option(
        names = "--acks",
        paramLabel = "0|1|all",
        defaultValue = "all",
        description = "Who must have a record before it counts as sent (default: ${DEFAULT-VALUE}).")
    private String acks;

    @Option(
        names = "--key-separator",
        paramLabel = "TEXT",
        description = "What stands between key and value in each line; the key chooses the partition.")
    private String keySeparator;

    @Option(
        names = "--raw",
        paramLabel = "FILE",
        description = "Send the bytes of a file as they are, cut into records; 'consume --raw' puts them together.")
    private Path raw;

    @Option(
        names = "--record-size",
        paramLabel = "BYTES",
        defaultValue = "32768",
        description = "Size of the records of --raw (default: ${DEFAULT-VALUE}).")
    private int recordSize;

    @Option(
        names = "--timeout",
        paramLabel = "SECONDS",
        defaultValue = "30",
        description = "How long to wait for a broker that takes or acknowledges nothing (default: ${DEFAULT-VALUE}).")
    private int timeoutSeconds;

    ProduceCommand(final Terminal terminal)
    {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException
    {
        if (null != raw && null != keySeparator)
        {
            throw new CommandException(ExitCodes.USAGE, "--raw has no lines to cut keys from: leave one of them out");
        }
        if (recordSize < 1 || timeoutSeconds < 1 || !acks.matches("0|1|-1|leader|all"))
        {
            throw new CommandException(
                ExitCodes.USAGE, "--record-size and --timeout take numbers from 1, --acks takes 0, 1 or all");
        }

        try (EponaClient client = bootstrap.connect())
        {
            final RecordSender sender = new RecordSender(terminal, timeoutSeconds, "0".equals(acks));
            try (Producer producer = client.newProducer(new Producer.Context().acks(acks).onAck(sender)))
            {
                sender.begin(producer, topicName, partition);
                if (null == raw)
                {
                    sendLines(sender);
                }
                else
                {
                    sendRaw(sender);
                }
                sender.finish();
            }
        }

        return ExitCodes.OK;
    }

    private void sendLines(final RecordSender sender) throws IOException
    {
        final LineSplitter splitter = new LineSplitter(MAX_LINE_LENGTH);
        final byte[] separator = null == keySeparator ? null : keySeparator.getBytes(StandardCharsets.UTF_8);
        splitter.split(
            terminal.in(),
            (buffer, index, length) ->
            {
                if (null == separator)
                {
                    sender.send("line", splitter.lineCount(), buffer, 0, -1, index, length);
                }
                else
                {
                    final int at = indexOf(buffer.byteArray(), index, length, separator);
                    if (at < 0)
                    {
                        throw new CommandException(
                            ExitCodes.USAGE,
                            "line " + splitter.lineCount() + " has no '" + keySeparator + "' between key and value: " +
                            "correct it; the lines before it were sent");
                    }
                    final int valueIndex = at + separator.length;
                    sender.send(
                        "line",
                        splitter.lineCount(),
                        buffer,
                        index,
                        at - index,
                        valueIndex,
                        index + length - valueIndex);
                }
                return !terminal.stop().isRequested();
            });
    }

    static int indexOf(final byte[] bytes, final int index, final int length, final byte[] wanted)
    {
        for (int i = index; i <= index + length - wanted.length; i++)
        {
            int j = 0;
            while (j < wanted.length && bytes[i + j] == wanted[j])
            {
                j++;
            }
            if (j == wanted.length)
            {
                return i;
            }
        }

        return -1;
    }

    private void sendRaw(final RecordSender sender) throws IOException
    {
        final byte[] bytes = new byte[recordSize];
        final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        try (InputStream in = Files.newInputStream(raw))
        {
            long number = 0;
            int length = in.readNBytes(bytes, 0, recordSize);
            while (length > 0 && !terminal.stop().isRequested())
            {
                sender.send("record", ++number, buffer, 0, -1, 0, length);
                length = in.readNBytes(bytes, 0, recordSize);
            }
        }
        catch (final NoSuchFileException ex)
        {
            throw new CommandException(ExitCodes.USAGE, "there is no file " + raw + ": correct --raw");
        }
    }
}
