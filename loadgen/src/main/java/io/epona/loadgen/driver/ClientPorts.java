package io.epona.loadgen.driver;

import io.epona.client.Consumer;
import io.epona.client.ConsumerHandler;
import io.epona.client.EponaClient;
import io.epona.client.Producer;
import io.epona.client.Receipt;
import io.epona.client.RecordClaim;
import io.epona.client.Topic;
import io.epona.client.TopicPartition;
import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.Record;
import io.epona.loadgen.driver.LoadDriver.AckSink;
import io.epona.loadgen.driver.LoadDriver.ConsumerPort;
import io.epona.loadgen.driver.LoadDriver.ProducerPort;
import io.epona.loadgen.driver.LoadDriver.RecordSink;
import io.epona.loadgen.scenario.Scenario.EngineSpec;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.EpochNanoClock;
import org.agrona.concurrent.OffsetEpochNanoClock;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * Producers and consumers of the client library, as a generator uses them.
 * <p>
 * Owned by the generator's thread.
 */
final class ClientPorts
{
    private final EponaClient client;
    private final Topics topics;
    private final EngineSpec engine;

    /**
     * @param client that is connected, and invoked by whoever uses this.
     * @param topics that exist.
     * @param engine with the settings of the producers.
     */
    ClientPorts(final EponaClient client, final Topics topics, final EngineSpec engine)
    {
        this.client = client;
        this.topics = topics;
        this.engine = engine;
    }

    ProducerPort newProducer(final int number, final AckSink acks)
    {
        return new ClientProducer(number, acks);
    }

    ConsumerPort newConsumer(final int[] partitions, final RecordSink records)
    {
        return new ClientConsumer(partitions, records);
    }

    /**
     * One producer of the client library; single records are claimed in place.
     */
    private final class ClientProducer implements ProducerPort
    {
        private final int number;
        private final AckSink acks;
        private final Producer producer;
        private final RecordClaim claim = new RecordClaim();
        private final Topic[] handles = new Topic[topics.count()];
        private final EpochNanoClock epochClock = new OffsetEpochNanoClock();
        private long timestampNs;
        private boolean isTimestampOld = true;

        private ClientProducer(final int number, final AckSink acks)
        {
            this.number = number;
            this.acks = acks;
            final Producer.Context ctx = new Producer.Context()
                .acks("none".equals(engine.acks()) ? "0" : engine.acks())
                .onAck(this::onAck);
            if (engine.batchSize() > 0)
            {
                ctx.batchSize(engine.batchSize());
            }
            if (engine.lingerNs() >= 0)
            {
                ctx.lingerNs(engine.lingerNs());
            }
            if (engine.maxBatchesInFlight() > 0)
            {
                ctx.maxBatchesInFlight(engine.maxBatchesInFlight());
            }
            producer = client.newProducer(ctx);
            for (int i = 0; i < handles.length; i++)
            {
                handles[i] = producer.topic(topics.name(i));
            }
        }

        private void onAck(final Receipt receipt)
        {
            acks.onAck(
                number,
                topics.global(receipt.topic(), receipt.partition()),
                receipt.firstSequence(),
                receipt.count(),
                receipt.code());
        }

        @Override
        public long tryClaim(final int partition, final long key, final int length)
        {
            if (isTimestampOld)
            {
                // Once a turn: the records' own timestamps measure nothing, the payloads carry what does.
                isTimestampOld = false;
                timestampNs = epochClock.nanoTime();
            }

            final int keyLength = LoadDriver.NO_KEY == key ? -1 : LoadDriver.KEY_LENGTH;
            final Topic topic = handles[topics.topicOf(partition)];
            final long result = producer.tryClaim(
                topic, topics.partitionOf(partition), timestampNs, keyLength, length, claim);
            if (result >= 0 && keyLength > 0)
            {
                claim.buffer().putLong(claim.keyIndex(), key, LITTLE_ENDIAN);
            }

            return result;
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
            claim.commit();
        }

        @Override
        public int poll()
        {
            isTimestampOld = true;
            return producer.poll();
        }

        @Override
        public int flush()
        {
            return producer.flush();
        }

        @Override
        public void close()
        {
            producer.close();
        }
    }

    /**
     * One consumer of the client library, from the beginning of its partitions on.
     */
    private final class ClientConsumer implements ConsumerPort, ConsumerHandler
    {
        private final Consumer consumer;
        private final RecordSink records;

        private ClientConsumer(final int[] globals, final RecordSink records)
        {
            this.records = records;
            consumer = client.newConsumer(new Consumer.Context().startAt(Consumer.StartAt.EARLIEST));
            for (int i = 0; i < topics.count(); i++)
            {
                final int[] assigned = topics.partitionsOf(i, globals);
                if (assigned.length > 0)
                {
                    consumer.assign(topics.name(i), assigned);
                }
            }
        }

        @Override
        public int poll(final int limit)
        {
            final int count = consumer.poll(this, limit);
            if (count < 0)
            {
                throw new DriverException("consuming ended with " + ResultCode.nameOf(count));
            }

            return count;
        }

        @Override
        public void onRecord(final TopicPartition partition, final Record record)
        {
            records.onRecord(
                topics.global(partition.topic(), partition.partition()),
                Topics.keyOf(record),
                record.buffer(),
                record.valueIndex(),
                record.valueLength());
        }

        @Override
        public void close()
        {
            consumer.close();
        }
    }
}
