package io.epona.broker;

import io.epona.client.EponaClient;
import io.epona.client.Producer;
import io.epona.client.Topic;
import io.epona.codecs.ResultCode;
import io.epona.engine.Engine;
import io.epona.engine.Partition;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What acks say of the disk, with a disk that takes as long as a test wants. */
class CommitAcksTest
{
    private record Ack(String topic, int code, long baseOffset, int inMemory, int onDisk, boolean isOutcomeKnown)
    {
    }

    @TempDir
    private Path dir;

    private final SlowSyncStorage disk = new SlowSyncStorage();
    private final ConcurrentLinkedQueue<Throwable> errors = new ConcurrentLinkedQueue<>();
    private final List<Ack> acks = new ArrayList<>();
    private final UnsafeBuffer value = new UnsafeBuffer(new byte[100]);
    private Broker broker;
    private EponaClient client;

    @BeforeEach
    void launch()
    {
        broker = Broker.launch(new Broker.Context()
            .dataDir(dir.resolve("data"))
            .udp(false)
            .ipc(false)
            .errorHandler(errors::add)
            .engineContext(new Engine.Context().storage(disk.storage())));
        client = EponaClient.connect(broker.inprocUri());
        client.admin().createTopic("safe", 2, Map.of("flush.policy", "commit"));
        client.admin().createTopic("fast", 1);
    }

    @AfterEach
    void close()
    {
        disk.recover();
        client.close();
        broker.close();
    }

    private Producer producer(final String acksSetting)
    {
        return producer(new Producer.Context().acks(acksSetting));
    }

    private Producer producer(final Producer.Context ctx)
    {
        return client.newProducer(ctx.onAck((receipt) -> acks.add(new Ack(
            receipt.topic(), receipt.code(), receipt.baseOffset(), receipt.inMemory(), receipt.onDisk(),
            receipt.isOutcomeKnown()))));
    }

    private void send(final Producer producer, final Topic topic, final int partition)
    {
        Await.until(
            "send", producer::poll, () -> producer.send(topic, partition, value, 0, value.capacity()) >= 0);
        producer.flush();
    }

    @Test
    void shouldAckOnDiskOnlyAfterTheSyncReturned()
    {
        try (Producer producer = producer("all"))
        {
            final Topic safe = producer.topic("safe");
            final Topic fast = producer.topic("fast");
            disk.isSlow = true;
            send(producer, safe, 0);
            Await.until("the sync to begin", producer::poll, () -> disk.waiting.get() > 0);
            send(producer, fast, 0);
            Await.until("the ack that waits for nothing", producer::poll, () -> !acks.isEmpty());
            send(producer, fast, 0);
            Await.until("another", producer::poll, () -> acks.size() >= 2);
            assertEquals(new Ack("fast", 0, 0, 1, 0, true), acks.get(0));
            assertTrue(acks.stream().allMatch((ack) -> "fast".equals(ack.topic())), acks::toString);
            final Partition partition = broker.engine().partition("safe", 0);
            assertEquals(1, partition.logEnd());
            assertEquals(0, partition.highWatermark());

            disk.recover();
            Await.until("the ack", producer::poll, () -> acks.size() >= 3);
            assertEquals(new Ack("safe", 0, 0, 1, 1, true), acks.get(2));
            assertEquals(1, partition.highWatermark());
        }
        assertEquals(0, errors.size());
    }

    @Test
    void shouldAckManyInOneSync()
    {
        try (Producer producer = producer("1"))
        {
            final Topic safe = producer.topic("safe");
            for (int i = 0; i < 100; i++)
            {
                send(producer, safe, i & 1);
            }
            Await.until("all acks", producer::poll, () -> 0 == producer.unacked());
            assertTrue(acks.stream().allMatch((ack) -> 0 == ack.code() && 1 == ack.onDisk()), acks::toString);
        }
        assertEquals(0, errors.size());
    }

    @Test
    void shouldNotAckWhatCouldNotBeSynced()
    {
        final long timeoutNs = TimeUnit.SECONDS.toNanos(2);
        try (Producer producer = producer(
            new Producer.Context().acks("all").requestTimeoutNs(timeoutNs).deliveryTimeoutNs(timeoutNs)))
        {
            final Topic safe = producer.topic("safe");
            disk.isSlow = true;
            send(producer, safe, 0);
            Await.until("the sync to begin", producer::poll, () -> disk.waiting.get() > 0);
            disk.isBroken = true;
            disk.recover();
            Await.until("the ack", producer::poll, () -> !acks.isEmpty());
            // Refused, and tried again until its time was up: another leader might have taken it.
            assertEquals(ResultCode.PARTITION_FENCED.code(), acks.get(0).code());
            assertEquals(ResultCode.PARTITION_FENCED.code(), broker.engine().partition("safe", 0).counters().refusal());
            assertEquals(0, acks.get(0).onDisk());
            assertFalse(acks.get(0).isOutcomeKnown(), "it may be found after a restart");

            disk.isBroken = false;
            send(producer, safe, 1);
            Await.until("the other partition's", producer::poll, () -> acks.size() >= 2);
            assertEquals(new Ack("safe", 0, 0, 1, 1, true), acks.get(1));
        }
        assertTrue(errors.stream().anyMatch((error) -> error.getMessage().contains("a sync failed")));
    }

    @Test
    void shouldRefuseTheAcksOfATopicThatIsDeleted()
    {
        try (Producer producer = producer("all"))
        {
            final Topic safe = producer.topic("safe");
            disk.isSlow = true;
            send(producer, safe, 0);
            Await.until("the sync to begin", producer::poll, () -> disk.waiting.get() > 0);
            broker.engine().deleteTopicAsync("safe");
            Await.until("the ack", producer::poll, () -> !acks.isEmpty());
            assertEquals(ResultCode.UNKNOWN_TOPIC.code(), acks.get(0).code());
        }
        assertEquals(0, errors.size());
    }
}
