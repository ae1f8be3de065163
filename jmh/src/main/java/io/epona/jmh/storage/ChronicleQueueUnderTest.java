package io.epona.jmh.storage;

import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.queue.ChronicleQueue;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.wire.DocumentContext;

import java.nio.ByteBuffer;
import java.nio.file.Path;

/** Chronicle Queue as it is by default, its records written and read as plain bytes, without garbage. */
final class ChronicleQueueUnderTest implements QueueUnderTest
{
    private static final int POLL_LIMIT = 256;

    private final ChronicleQueue queue;
    private final ExcerptAppender appender;
    private final Bytes<ByteBuffer> value = Bytes.elasticByteBuffer(VALUE_LENGTH);
    private ExcerptTailer tailer;

    ChronicleQueueUnderTest(final Path directory)
    {
        queue = ChronicleQueue.singleBuilder(directory.resolve("queue")).build();
        appender = queue.createAppender();
        value.write(LogUnderTest.payload(VALUE_LENGTH));
    }

    @Override
    public void append(final long dueNs)
    {
        value.writeLong(0, dueNs);
        appender.writeBytes(value);
    }

    @Override
    public boolean isSteady()
    {
        return true;
    }

    @Override
    public void mark()
    {
        // It has no counters.
    }

    @Override
    public int tail(final TailHandler handler)
    {
        if (null == tailer)
        {
            // Bound to the thread that makes it.
            tailer = queue.createTailer();
        }
        for (int i = 0; i < POLL_LIMIT; i++)
        {
            try (DocumentContext document = tailer.readingDocument())
            {
                if (!document.isPresent())
                {
                    return i;
                }
                handler.onRecord(document.wire().bytes().readLong());
            }
        }

        return POLL_LIMIT;
    }

    @Override
    public String name()
    {
        return "chronicle";
    }

    @Override
    public String describe()
    {
        return "";
    }

    @Override
    public void close()
    {
        queue.close();
        value.releaseLast();
    }
}
