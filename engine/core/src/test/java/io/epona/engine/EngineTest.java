package io.epona.engine;

import io.epona.codecs.ResultCode;
import io.epona.engine.EngineFixture.Reports;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

import static io.epona.engine.EngineFixture.append;
import static io.epona.engine.EngineFixture.await;
import static io.epona.engine.EngineFixture.imageOf;
import static io.epona.engine.EngineFixture.partitionDirectories;
import static io.epona.engine.EngineFixture.records;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class EngineTest
{
    @TempDir
    private Path temp;
    @RegisterExtension
    private final Reports reports = new Reports();

    private Engine.Context context()
    {
        return reports.context(temp.resolve("data"));
    }

    private static EngineException refusal(final ResultCode code, final Runnable call)
    {
        final EngineException refusal = assertThrows(EngineException.class, call::run);
        assertEquals(code, refusal.code(), refusal.getMessage());

        return refusal;
    }

    @Test
    void shouldCreateAppendReadAndDelete() throws IOException
    {
        try (Engine engine = Engine.launch(context()))
        {
            final TopicInfo orders = engine.createTopic("orders", 2, Map.of("retention.bytes", "1m"));
            assertEquals(new TopicInfo("orders", orders.topicId(), 2, Map.of("retention.bytes", "1m")), orders);
            final TopicInfo trades = engine.createTopic("trades", 1);
            assertNotEquals(orders.topicId(), trades.topicId());
            assertEquals(List.of(orders, trades), engine.topics());
            assertEquals(orders, engine.topic("orders"));
            assertEquals(trades, engine.topic(trades.topicId()));
            assertNull(engine.topic("nothing"));
            assertNull(engine.partition("orders", 2));
            assertNull(engine.partition("orders", -1));
            assertNull(engine.partition(77, 0));

            final Partition partition = engine.partition("orders", 1);
            assertSame(partition, engine.partition(orders.topicId(), 1));
            assertEquals("orders", partition.topic());
            assertEquals(1, partition.index());
            assertEquals(0, append(partition, "first"));
            assertEquals(1, append(partition, "second"));
            assertEquals(List.of("first", "second"), records(partition));
            assertEquals(List.of(), records(engine.partition("orders", 0)));

            engine.deleteTopic("orders");
            assertNull(engine.topic("orders"));
            assertNull(engine.partition(orders.topicId(), 1));
            assertEquals(ResultCode.UNKNOWN_TOPIC.code(), append(partition, "late"));
            assertEquals(List.of("trades-0." + String.format("%016x", trades.topicId())), partitionDirectories(
                temp.resolve("data")));

            final TopicInfo again = engine.createTopic("orders", 1);
            assertTrue(again.topicId() > trades.topicId());
            assertEquals(List.of(), records(engine.partition("orders", 0)));
        }
    }

    @Test
    void shouldKeepTopicsAndRecordsOverACleanRestart()
    {
        final Map<String, String> config = Map.of("max.message.bytes", "2048");
        final Path marker = temp.resolve("data/clean");
        final TopicInfo orders;
        final int epoch;
        try (Engine engine = Engine.launch(context()))
        {
            orders = engine.createTopic("orders", 2, config);
            assertEquals(0, append(engine.partition("orders", 0), "one"));
            assertEquals(0, engine.partition("orders", 0).leaderEpoch());
            epoch = engine.brokerEpoch();
            assertFalse(Files.exists(marker));
        }
        assertTrue(Files.exists(marker));

        try (Engine engine = Engine.launch(context()))
        {
            assertFalse(Files.exists(marker));
            assertEquals(epoch + 1, engine.brokerEpoch());
            assertEquals(List.of(orders), engine.topics());
            final Partition partition = engine.partition("orders", 0);
            assertEquals(1, partition.leaderEpoch());
            assertEquals(List.of("one"), records(partition));
            assertEquals(1, append(partition, "two"));
            assertEquals(ResultCode.RECORD_TOO_LARGE.code(), append(partition, "x".repeat(2048)));
            assertTrue(engine.createTopic("more", 1).topicId() > orders.topicId());
        }

        try (Engine engine = Engine.launch(context()))
        {
            assertEquals(List.of("one", "two"), records(engine.partition("orders", 0)));
        }
    }

    @Test
    void shouldKeepTopicsAndRecordsOverAnUncleanStop() throws IOException
    {
        final Path image;
        // Invoked, so that no file comes or goes while the image is taken.
        try (Engine engine = Engine.launch(context().invoked(true)))
        {
            engine.createTopic("orders", 2);
            for (int i = 0; i < 1000; i++)
            {
                EngineFixture.invoke(engine);
                assertEquals(i, append(engine.partition("orders", 1), "record " + i));
            }
            image = imageOf(temp.resolve("data"), temp.resolve("image"));
        }

        try (Engine engine = Engine.launch(reports.context(image)))
        {
            final List<String> records = records(engine.partition("orders", 1));
            assertEquals(1000, records.size());
            assertEquals("record 999", records.get(999));
            assertEquals(1000, append(engine.partition("orders", 1), "after"));
            assertEquals(1, engine.partition("orders", 1).leaderEpoch());
        }
    }

    @Test
    void shouldUseWhatTheEmbedderBrings()
    {
        final List<Thread> threads = new ArrayList<>();
        final AtomicInteger idles = new AtomicInteger();
        final AtomicLong nowNs = new AtomicLong(1_000_000);
        final IdleStrategy idleStrategy = new IdleStrategy()
        {
            @Override
            public void idle(final int workCount)
            {
                idles.incrementAndGet();
                idle();
            }

            @Override
            public void idle()
            {
                LockSupport.parkNanos(100_000);
            }

            @Override
            public void reset()
            {
                idles.incrementAndGet();
            }
        };
        final Engine.Context ctx = context()
            .clock(nowNs::get)
            .idleStrategy(idleStrategy)
            .threadFactory((runnable) ->
            {
                final Thread thread = new Thread(runnable);
                threads.add(thread);
                return thread;
            });

        try (Engine engine = Engine.launch(ctx))
        {
            assertSame(ctx, engine.context());
            engine.createTopic("orders", 1);
            append(engine.partition("orders", 0), "x");
            final long[] timestamp = new long[1];
            try (PartitionReader reader = engine.partition("orders", 0).newReader())
            {
                assertEquals(1, reader.poll((record) -> timestamp[0] = record.timestampNs(), 1));
            }
            assertEquals(1_000_000, timestamp[0]);
            assertEquals(1 + ctx.flushThreads(), threads.size());
            assertEquals("epona-housekeeper", threads.get(0).getName());
            assertEquals("epona-flusher-0", threads.get(1).getName());
            assertTrue(threads.get(0).isAlive());
            assertTrue(idles.get() > 0);
        }
        threads.forEach((thread) -> assertFalse(thread.isAlive()));
    }

    @Test
    void shouldStartNoThreadInInvokedMode() throws Exception
    {
        final Engine.Context ctx = context().invoked(true).threadFactory((runnable) ->
        {
            throw new AssertionError("no thread is wanted");
        });
        try (Engine engine = Engine.launch(ctx))
        {
            engine.createTopic("orders", 3);
            final TopicRequest request = engine.createTopicAsync("trades", 1, Map.of());
            assertFalse(request.poll());
            assertEquals(0, request.code());
            assertNull(request.topic());
            EngineFixture.run(engine, request);
            assertEquals(engine.topic("trades"), request.topic());

            final Partition partition = engine.partition("orders", 2);
            partition.owner(Thread.currentThread());
            final UnsafeBuffer value = new UnsafeBuffer(new byte[1024]);
            long next = 0;
            for (int i = 0; i < 1000; i++)
            {
                engine.housekeeper().doWork();
                if (partition.append(value, 0, value.capacity()) >= 0)
                {
                    next++;
                }
            }
            partition.owner(null);
            assertEquals(next, partition.logEnd());
            assertTrue(next > 500, "appended " + next);
            engine.deleteTopic("orders");
            assertEquals(1, engine.topics().size());
        }
    }

    @Test
    void shouldLetBlockingCallsOfSeveralThreadsShareAnInvokedHousekeeper() throws InterruptedException
    {
        try (Engine engine = Engine.launch(context().invoked(true)))
        {
            final List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 4; i++)
            {
                final String name = "topic" + i;
                final Thread thread = new Thread(() -> engine.createTopic(name, 2));
                threads.add(thread);
                thread.start();
            }
            for (final Thread thread : threads)
            {
                thread.join();
            }
            assertEquals(4, engine.topics().size());
        }
    }

    @Test
    void shouldRunSeveralEnginesAtOnceEachOnItsDirectory()
    {
        try (
            Engine one = Engine.launch(reports.context(temp.resolve("one")));
            Engine two = Engine.launch(reports.context(temp.resolve("two"))))
        {
            one.createTopic("orders", 1);
            two.createTopic("orders", 1);
            append(one.partition("orders", 0), "one");
            append(two.partition("orders", 0), "two");
            assertEquals(List.of("one"), records(one.partition("orders", 0)));
            assertEquals(List.of("two"), records(two.partition("orders", 0)));

            final String message = refusal(
                ResultCode.LIMIT_REACHED, () -> Engine.launch(reports.context(temp.resolve("two/../one"))))
                .getMessage();
            assertTrue(message.contains(temp.resolve("one").toString()), message);
            assertTrue(message.contains(Long.toString(ProcessHandle.current().pid())), message);
            assertEquals(1, append(one.partition("orders", 0), "still"));
        }
        Engine.launch(reports.context(temp.resolve("one"))).close();
    }

    @Test
    void shouldRefuseBadTopicsBeforeAnythingIsMade() throws IOException
    {
        try (Engine engine = Engine.launch(context().maxMessageBytes(32 * 1024).maxPartitions(9)))
        {
            for (final String name : List.of("", ".", "..", "a/b", "../x", "a b", "\u00e4", "x\n", "x".repeat(201)))
            {
                final EngineException refusal =
                    refusal(ResultCode.INVALID_NAME, () -> engine.createTopic(name, 1));
                assertTrue(refusal.getMessage().length() < 300, refusal.getMessage());
                refusal(ResultCode.INVALID_NAME, () -> engine.deleteTopic(name));
            }
            refusal(ResultCode.LIMIT_REACHED, () -> engine.createTopic("t", 0));
            refusal(ResultCode.LIMIT_REACHED, () -> engine.createTopic("t", 1025));
            final TopicRequest replicated = engine.createTopicAsync("t", 1, 2, Map.of());
            assertTrue(replicated.isDone());
            assertEquals(ResultCode.INVALID_REPLICATION.code(), replicated.code());
            assertEquals(
                ResultCode.INVALID_REPLICATION.code(), engine.createTopicAsync("t", 1, 0, Map.of()).code());
            assertEquals(
                ResultCode.INVALID_CONFIG.code(), engine.createTopicAsync("t", 1, Map.of("a", "b")).code());
            assertEquals(List.of(), engine.topics());
            assertEquals(List.of(), partitionDirectories(temp.resolve("data")));

            engine.createTopic("x".repeat(200), 3);
            refusal(ResultCode.TOPIC_EXISTS, () -> engine.createTopic("x".repeat(200), 1));
            final EngineException limit = refusal(ResultCode.LIMIT_REACHED, () -> engine.createTopic("t", 7));
            assertTrue(limit.getMessage().contains("epona.max.partitions"), limit.getMessage());
            engine.createTopic("t", 6);
            refusal(ResultCode.UNKNOWN_TOPIC, () -> engine.deleteTopic("nothing"));
        }
    }

    @Test
    void shouldDecideRequestsForOneNameInTheirOrder()
    {
        try (Engine engine = Engine.launch(context().invoked(true)))
        {
            final TopicRequest create = engine.createTopicAsync("t", 3, Map.of());
            final TopicRequest again = engine.createTopicAsync("t", 1, Map.of());
            final TopicRequest delete = engine.deleteTopicAsync("t");
            final TopicRequest deleteAgain = engine.deleteTopicAsync("t");
            final TopicRequest recreate = engine.createTopicAsync("t", 1, Map.of());
            EngineFixture.run(engine, recreate);
            EngineFixture.run(engine, delete);
            assertEquals(0, create.code());
            assertEquals(ResultCode.TOPIC_EXISTS.code(), again.code());
            assertEquals(0, delete.code());
            assertEquals(ResultCode.UNKNOWN_TOPIC.code(), deleteAgain.code());
            assertEquals(recreate.topic(), engine.topic("t"));
            assertNotEquals(create.topic().topicId(), recreate.topic().topicId());
        }
    }

    @Test
    void shouldRefuseMoreRequestsThanItMayQueue()
    {
        final Engine engine = Engine.launch(context().invoked(true).maxTopicRequests(4));
        final List<TopicRequest> requests = new ArrayList<>();
        for (int i = 0; i < 5; i++)
        {
            requests.add(engine.createTopicAsync("t" + i, 1, Map.of()));
        }
        assertFalse(requests.get(3).isDone());
        assertEquals(ResultCode.LIMIT_REACHED.code(), requests.get(4).code());
        engine.close();
        assertEquals(ResultCode.CLOSED.code(), requests.get(0).code());
        assertEquals(ResultCode.CLOSED.code(), engine.createTopicAsync("late", 1, Map.of()).code());
        refusal(ResultCode.CLOSED, () -> engine.createTopic("late", 1));
        reports.assertNone();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldCloseOnceAndRefuseAfterwards(final boolean isInvoked)
    {
        final Engine engine = Engine.launch(context().invoked(isInvoked));
        engine.createTopic("orders", 1);
        final Partition partition = engine.partition("orders", 0);
        append(partition, "x");
        final PartitionReader reader = partition.newReader();
        engine.close();
        engine.close();
        assertEquals(ResultCode.CLOSED.code(), append(partition, "late"));
        assertEquals(ResultCode.CLOSED.code(), reader.poll((record) -> {}, 1));
        reader.close();
    }

    @Test
    void shouldReportWhenItsThreadIsStoppedFromOutside()
    {
        final List<Thread> threads = new ArrayList<>();
        final Engine engine = Engine.launch(context().threadFactory((runnable) ->
        {
            threads.add(new Thread(runnable));
            return threads.get(threads.size() - 1);
        }));
        threads.get(0).interrupt();
        await(() -> !threads.get(0).isAlive());
        refusal(ResultCode.CLOSED, () -> engine.createTopic("t", 1));
        engine.close();
        reports.assertOne("stopped from outside");
    }

    @Test
    void shouldServeManyIdlePartitionsAndTheirFirstRecords()
    {
        try (Engine engine = Engine.launch(context().invoked(true)))
        {
            engine.createTopic("many", 100);
            for (int i = 0; i < 100; i++)
            {
                assertEquals(0, append(engine.partition("many", i), "x"));
            }
            for (int i = 0; i < 100; i++)
            {
                assertNotNull(engine.partition("many", i));
                assertEquals(List.of("x"), records(engine.partition("many", i)));
            }
        }
    }
}
