package io.epona.loadgen.driver;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.Record;
import io.epona.codecs.batch.RecordBatchBuilder;
import io.epona.codecs.batch.RecordDescriptor;
import io.epona.codecs.batch.RecordHandler;
import io.epona.engine.Clock;
import io.epona.engine.Engine;
import io.epona.engine.Partition;
import io.epona.engine.PartitionReader;
import io.epona.engine.RecordClaim;
import io.epona.loadgen.scenario.Scenario;
import io.epona.loadgen.scenario.Scenario.Composition;
import io.epona.loadgen.scenario.Scenario.Mode;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * The engine itself: the generator's thread owns the partitions and appends, readers poll the mapped log. A flood is
 * written in batches that are built in the log; open and closed load appends single records, claimed in place.
 */
final class EmbeddedDriver implements LoadDriver
{
    private static final int DEFAULT_BATCH_SIZE = 16 * 1024;

    private final Scenario scenario;
    private final Path dataDir;
    private final Topics topics;
    private final DataThreads threads = new DataThreads();
    private final ErrorLines errors = new ErrorLines();
    private final Partition[] partitions;
    private Engine engine;
    private Clock clock;

    EmbeddedDriver(final DriverContext ctx)
    {
        this.scenario = ctx.scenario();
        this.dataDir = ctx.workDir().resolve("engine");
        this.topics = new Topics(scenario.topology());
        this.partitions = new Partition[scenario.topology().totalPartitions()];
    }

    @Override
    public String name()
    {
        return "embedded";
    }

    @Override
    public void open()
    {
        try
        {
            engine = Engine.launch(
                new Engine.Context().dataDir(dataDir).threadFactory(threads).errorHandler(errors));
            clock = engine.context().clock();
            for (int i = 0; i < topics.count(); i++)
            {
                engine.createTopic(topics.name(i), topics.partitionsPerTopic(), scenario.engine().topic());
            }
        }
        catch (final RuntimeException ex)
        {
            throw new DriverException("the engine cannot be set up: " + ex.getMessage(), ex);
        }
        for (int i = 0; i < partitions.length; i++)
        {
            partitions[i] = engine.partition(topics.name(topics.topicOf(i)), topics.partitionOf(i));
            partitions[i].owner(Thread.currentThread());
        }
    }

    @Override
    public ProducerPort newProducer(final int producer, final AckSink acks)
    {
        return Mode.FLOOD == scenario.load().mode() ? new BatchProducer(producer, acks) :
            new SingleProducer(producer, acks);
    }

    @Override
    public ConsumerPort newConsumer(final int consumer, final int[] partitions, final RecordSink records)
    {
        return new Reader(partitions, records);
    }

    @Override
    public boolean consumersHaveOwnThread()
    {
        return Composition.TWO_THREADS == scenario.engine().composition();
    }

    @Override
    public List<String> errors()
    {
        return errors.list();
    }

    @Override
    public Map<String, String> settings()
    {
        return Map.of("data.dir.on", "the run's work directory", "batch", Mode.FLOOD == scenario.load().mode() ?
            Integer.toString(batchSize()) : "single records");
    }

    @Override
    public void close()
    {
        if (null != engine)
        {
            engine.close();
            engine = null;
        }
    }

    private int batchSize()
    {
        return 0 == scenario.engine().batchSize() ?
            Math.max(DEFAULT_BATCH_SIZE, 2 * scenario.message().maxLength()) : scenario.engine().batchSize();
    }

    /** Whether a refused batch or claim is only a matter of waiting. */
    private static long refusal(final Partition partition)
    {
        final long refusal = partition.counters().refusal();
        return refusal < 0 ? refusal : ResultCode.BACK_PRESSURED.code();
    }

    /**
     * Single records, claimed in the log itself; acknowledged at once, told of in the next poll.
     */
    private final class SingleProducer implements ProducerPort
    {
        private final int producer;
        private final AckSink acks;
        private final RecordClaim claim = new RecordClaim();
        private final long[] sequences = new long[partitions.length];
        private final long[] acked = new long[partitions.length];
        private int claimed;
        private boolean pending;

        private SingleProducer(final int producer, final AckSink acks)
        {
            this.producer = producer;
            this.acks = acks;
        }

        @Override
        public long tryClaim(final int partition, final long key, final int length)
        {
            final long result = partitions[partition].tryClaim(
                clock.nowNs(), NO_KEY == key ? -1 : KEY_LENGTH, length, claim);
            claimed = partition;
            if (result >= 0 && NO_KEY != key)
            {
                claim.buffer().putLong(claim.keyIndex(), key, LITTLE_ENDIAN);
            }

            return result < 0 ? result : sequences[partition];
        }

        @Override
        public MutableDirectBuffer buffer()
        {
            return claim.buffer();
        }

        @Override
        public int index()
        {
            return claim.valueIndex();
        }

        @Override
        public void commit()
        {
            final long offset = claim.commit();
            if (offset < 0)
            {
                throw new DriverException("commit was refused with " + ResultCode.nameOf(offset));
            }
            sequences[claimed]++;
            pending = true;
        }

        @Override
        public int poll()
        {
            if (!pending)
            {
                return 0;
            }

            pending = false;
            int work = 0;
            for (int i = 0; i < sequences.length; i++)
            {
                final int count = (int)(sequences[i] - acked[i]);
                if (count > 0)
                {
                    acks.onAck(producer, i, acked[i], count, 0);
                    acked[i] = sequences[i];
                    work += count;
                }
            }

            return work;
        }

        @Override
        public void close()
        {
            poll();
        }
    }

    /**
     * Batches built in the log itself, at most one open in each partition; a value is written to a scratch buffer that
     * stays in the first cache and copied into the batch.
     */
    private final class BatchProducer implements ProducerPort
    {
        private final int producer;
        private final AckSink acks;
        private final int batchSize = batchSize();
        private final UnsafeBuffer scratch;
        private final long[] sequences = new long[partitions.length];
        private final RecordBatchBuilder[] batches = new RecordBatchBuilder[partitions.length];
        private RecordBatchBuilder claimed;
        private final UnsafeBuffer keyBuffer = new UnsafeBuffer(new byte[KEY_LENGTH]);
        private int length;
        private long key;
        private long nowNs;

        private BatchProducer(final int producer, final AckSink acks)
        {
            this.producer = producer;
            this.acks = acks;
            this.scratch = new UnsafeBuffer(ByteBuffer.allocateDirect(scenario.message().maxLength() + 8));
        }

        @Override
        public long tryClaim(final int partition, final long key, final int length)
        {
            RecordBatchBuilder batch = batches[partition];
            if (null != batch && batch.length() + RecordDescriptor.FIXED_LENGTH + KEY_LENGTH + length + 7 >
                batchSize)
            {
                commitBatch(partition);
                batch = null;
            }
            if (null == batch)
            {
                nowNs = clock.nowNs();
                batch = partitions[partition].tryBeginBatch(batchSize, nowNs);
                batches[partition] = batch;
                if (null == batch)
                {
                    return refusal(partitions[partition]);
                }
            }
            this.claimed = batch;
            this.length = length;
            this.key = key;

            return sequences[partition] + batch.recordCount();
        }

        @Override
        public MutableDirectBuffer buffer()
        {
            return scratch;
        }

        @Override
        public int index()
        {
            return 0;
        }

        @Override
        public void commit()
        {
            if (NO_KEY != key)
            {
                keyBuffer.putLong(0, key, LITTLE_ENDIAN);
            }
            if (!claimed.append(nowNs, keyBuffer, 0, NO_KEY == key ? -1 : KEY_LENGTH, scratch, 0, length))
            {
                throw new IllegalStateException("the room for a record was checked before it was claimed");
            }
        }

        private int commitBatch(final int partition)
        {
            final int count = batches[partition].recordCount();
            batches[partition] = null;
            if (0 == count)
            {
                partitions[partition].abortBatch();
                return 0;
            }

            final long offset = partitions[partition].commitBatch(clock.nowNs());
            if (offset < 0)
            {
                throw new DriverException("a batch was refused with " + ResultCode.nameOf(offset));
            }
            final long first = sequences[partition];
            sequences[partition] = first + count;
            acks.onAck(producer, partition, first, count, 0);

            return count;
        }

        @Override
        public int poll()
        {
            int work = 0;
            for (int i = 0; i < batches.length; i++)
            {
                work += null == batches[i] ? 0 : commitBatch(i);
            }

            return work;
        }

        @Override
        public void close()
        {
            poll();
        }
    }

    /**
     * One reader for each partition, each with its turn in a poll.
     */
    private final class Reader implements ConsumerPort
    {
        private final PartitionReader[] readers;
        private final Handler[] handlers;

        private Reader(final int[] globals, final RecordSink records)
        {
            readers = new PartitionReader[globals.length];
            handlers = new Handler[globals.length];
            for (int i = 0; i < globals.length; i++)
            {
                readers[i] = partitions[globals[i]].newReader();
                handlers[i] = new Handler(globals[i], records);
            }
        }

        @Override
        public int poll(final int limit)
        {
            int work = 0;
            for (int i = 0; i < readers.length; i++)
            {
                final int count = readers[i].poll(handlers[i], limit);
                if (count < 0)
                {
                    throw new DriverException("reading ended with " + ResultCode.nameOf(count));
                }
                work += count;
            }

            return work;
        }

        @Override
        public void close()
        {
            for (final PartitionReader reader : readers)
            {
                reader.close();
            }
        }
    }

    /**
     * Adds the partition's number, which a record does not know.
     */
    private static final class Handler implements RecordHandler
    {
        private final int partition;
        private final RecordSink records;

        private Handler(final int partition, final RecordSink records)
        {
            this.partition = partition;
            this.records = records;
        }

        @Override
        public void onRecord(final Record record)
        {
            records.onRecord(
                partition, Topics.keyOf(record), record.buffer(), record.valueIndex(), record.valueLength());
        }
    }
}
