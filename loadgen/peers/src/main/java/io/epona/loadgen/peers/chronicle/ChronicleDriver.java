package io.epona.loadgen.peers.chronicle;

import io.epona.loadgen.driver.DriverContext;
import io.epona.loadgen.driver.LoadDriver;
import io.epona.loadgen.driver.Topics;
import io.epona.loadgen.peers.PeerClasses;
import io.epona.loadgen.scenario.Scenario;
import io.epona.loadgen.scenario.Scenario.Composition;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.queue.ChronicleQueue;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.wire.DocumentContext;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;

/**
 * Chronicle Queue with its defaults, a queue for each partition: the generator's thread appends plain bytes, tailers
 * read the mapped files. It knows no retention by size: a run writes new pages from beginning to end.
 */
final class ChronicleDriver implements LoadDriver
{
    private final Scenario scenario;
    private final Path dir;
    private final Topics topics;
    private final ChronicleQueue[] queues;

    ChronicleDriver(final DriverContext ctx)
    {
        this.scenario = ctx.scenario();
        this.dir = ctx.workDir().resolve("chronicle");
        this.topics = new Topics(scenario.topology());
        this.queues = new ChronicleQueue[scenario.topology().totalPartitions()];
    }

    @Override
    public String name()
    {
        return Scenario.CHRONICLE;
    }

    @Override
    public void open()
    {
        for (int i = 0; i < queues.length; i++)
        {
            final Path queue = dir.resolve(topics.name(topics.topicOf(i)) + "-" + topics.partitionOf(i));
            queues[i] = PeerClasses.with(() -> ChronicleQueue.singleBuilder(queue).build());
        }
    }

    @Override
    public ProducerPort newProducer(final int producer, final AckSink acks)
    {
        return new Appender(producer, acks);
    }

    @Override
    public ConsumerPort newConsumer(final int consumer, final int[] partitions, final RecordSink records)
    {
        return new Tailer(partitions, records);
    }

    @Override
    public boolean consumersHaveOwnThread()
    {
        return Composition.TWO_THREADS == scenario.engine().composition();
    }

    @Override
    public Map<String, String> settings()
    {
        return Map.of(
            "version", version(),
            "queue", "defaults of its builder",
            "retention", "none: every page is new");
    }

    private static String version()
    {
        final Properties properties = new Properties();
        try (InputStream in = ChronicleQueue.class.getResourceAsStream(
            "/META-INF/maven/net.openhft/chronicle-queue/pom.properties"))
        {
            if (null != in)
            {
                properties.load(in);
            }
        }
        catch (final IOException ex)
        {
            throw new UncheckedIOException("the jar of Chronicle Queue cannot be read", ex);
        }

        return properties.getProperty("version", "unknown");
    }

    @Override
    public void close()
    {
        for (int i = 0; i < queues.length; i++)
        {
            if (null != queues[i])
            {
                queues[i].close();
                queues[i] = null;
            }
        }
    }

    /**
     * Appends one record after the other; it is stored when the call returns, and told of in the next poll.
     */
    private final class Appender implements ProducerPort
    {
        private final int producer;
        private final AckSink acks;
        private final ExcerptAppender[] appenders = new ExcerptAppender[queues.length];
        private final Bytes<ByteBuffer> bytes = Bytes.elasticByteBuffer(scenario.message().maxLength());
        private final UnsafeBuffer buffer =
            new UnsafeBuffer(bytes.addressForRead(0), scenario.message().maxLength());
        private final long[] sequences = new long[queues.length];
        private final long[] told = new long[queues.length];
        private boolean isPending;
        private int claimed;
        private int length;

        private Appender(final int producer, final AckSink acks)
        {
            this.producer = producer;
            this.acks = acks;
            for (int i = 0; i < appenders.length; i++)
            {
                appenders[i] = queues[i].createAppender();
            }
        }

        @Override
        public long tryClaim(final int partition, final long key, final int length)
        {
            this.claimed = partition;
            this.length = length;

            return sequences[partition];
        }

        @Override
        public MutableDirectBuffer buffer()
        {
            return buffer;
        }

        @Override
        public int index()
        {
            return 0;
        }

        @Override
        public void commit()
        {
            bytes.readPositionRemaining(0, length);
            appenders[claimed].writeBytes(bytes);
            sequences[claimed]++;
            isPending = true;
        }

        @Override
        public int poll()
        {
            if (!isPending)
            {
                return 0;
            }

            isPending = false;
            int work = 0;
            for (int i = 0; i < sequences.length; i++)
            {
                final int count = (int)(sequences[i] - told[i]);
                if (count > 0)
                {
                    acks.onAck(producer, i, told[i], count, 0);
                    told[i] = sequences[i];
                    work += count;
                }
            }

            return work;
        }

        @Override
        public void close()
        {
            poll();
            for (final ExcerptAppender appender : appenders)
            {
                appender.close();
            }
            bytes.releaseLast();
        }
    }

    /**
     * Polls its partitions in turn. A tailer belongs to the thread that makes it.
     */
    private final class Tailer implements ConsumerPort
    {
        private final int[] partitions;
        private final ExcerptTailer[] tailers;
        private final RecordSink records;
        private final UnsafeBuffer buffer = new UnsafeBuffer(0, 0);

        private Tailer(final int[] partitions, final RecordSink records)
        {
            this.partitions = partitions;
            this.records = records;
            this.tailers = new ExcerptTailer[partitions.length];
            for (int i = 0; i < tailers.length; i++)
            {
                tailers[i] = queues[partitions[i]].createTailer();
            }
        }

        @Override
        public int poll(final int limit)
        {
            int count = 0;
            for (int i = 0; i < tailers.length; i++)
            {
                int mine = 0;
                while (mine < limit && read(tailers[i], partitions[i]))
                {
                    mine++;
                }
                count += mine;
            }

            return count;
        }

        private boolean read(final ExcerptTailer tailer, final int partition)
        {
            try (DocumentContext document = tailer.readingDocument())
            {
                if (!document.isPresent())
                {
                    return false;
                }

                final Bytes<?> bytes = document.wire().bytes();
                final int length = (int)bytes.readRemaining();
                buffer.wrap(bytes.addressForRead(bytes.readPosition()), length);
                records.onRecord(partition, NO_KEY, buffer, 0, length);
                bytes.readSkip(length);
                return true;
            }
        }

        @Override
        public void close()
        {
            for (final ExcerptTailer tailer : tailers)
            {
                tailer.close();
            }
        }
    }
}
