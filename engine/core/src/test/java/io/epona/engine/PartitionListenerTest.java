package io.epona.engine;

import io.epona.engine.EngineFixture.Reports;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import static io.epona.engine.EngineFixture.append;
import static io.epona.engine.EngineFixture.invoke;
import static io.epona.engine.EngineFixture.partitionDirectories;
import static io.epona.engine.EngineFixture.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

class PartitionListenerTest
{
    @TempDir
    private Path temp;
    @RegisterExtension
    private final Reports reports = new Reports();
    private final Shard shard = new Shard();
    private long nowNs = 1;

    /** Takes news as long as it has room for them, as a shard with a command ring does. */
    private static final class Shard implements PartitionListener
    {
        private final List<Partition> opened = new ArrayList<>();
        private final List<Partition> closing = new ArrayList<>();
        private final List<Release> releases = new ArrayList<>();
        private int room = Integer.MAX_VALUE;

        @Override
        public boolean onPartitionOpened(final Partition partition)
        {
            return room-- > 0 && opened.add(partition);
        }

        @Override
        public boolean onPartitionClosing(final Partition partition, final Release release)
        {
            return room-- > 0 && closing.add(partition) && releases.add(release);
        }
    }

    private Engine launch()
    {
        return Engine.launch(
            reports.context(temp).invoked(true).partitionListener(shard).clock(() -> nowNs));
    }

    private void cycles(final Engine engine)
    {
        for (int i = 0; i < 50; i++)
        {
            invoke(engine);
        }
    }

    @Test
    void shouldTellOfEachPartitionBeforeTheTopicIsThere()
    {
        try (Engine engine = launch())
        {
            shard.room = 1;
            final TopicRequest request = engine.createTopicAsync("t", 3, Map.of());
            cycles(engine);
            assertFalse(request.isDone());
            assertEquals(1, shard.opened.size());
            // In the catalogue before the news, so that an owner may also find it by itself.
            assertSame(shard.opened.get(0), engine.partition("t", 0));
            assertNotNull(engine.partition("t", 2));
            shard.room = 10;
            run(engine, request);
            assertEquals(0, request.code());
            assertEquals(3, shard.opened.size());
        }
    }

    @Test
    void shouldKeepTheFilesUntilEveryOwnerHasLetGo() throws IOException
    {
        try (Engine engine = launch())
        {
            engine.createTopic("t", 2);
            final Partition partition = engine.partition("t", 0);
            append(partition, "x");
            shard.room = 1;
            final TopicRequest request = engine.deleteTopicAsync("t");
            cycles(engine);
            assertNull(engine.partition("t", 0));
            assertEquals(List.of(partition), shard.closing);
            shard.releases.get(0).release();
            shard.releases.get(0).release();
            cycles(engine);
            assertEquals(2, partitionDirectories(temp).size());
            shard.room = 10;
            cycles(engine);
            assertEquals(2, shard.closing.size());
            assertEquals(2, partitionDirectories(temp).size(), "one release, though given twice, is not two");

            // The name is free at once.
            engine.createTopic("t", 1);
            assertFalse(request.isDone());
            nowNs += TimeUnit.SECONDS.toNanos(31);
            cycles(engine);
            reports.assertOne("1 partitions", "have not let go");
            shard.releases.get(1).release();
            run(engine, request);
            assertEquals(0, request.code());
            assertEquals(1, partitionDirectories(temp).size());
        }
    }

    @Test
    void shouldTellOfThePartitionsThatAreThereAtTheStart()
    {
        try (Engine engine = launch())
        {
            engine.createTopic("t", 2);
            engine.createTopic("u", 1);
        }
        shard.opened.clear();
        shard.room = 1;
        try (Engine engine = launch())
        {
            assertEquals(1, shard.opened.size());
            assertEquals("t", shard.opened.get(0).topic());
            shard.room = 0;
            final TopicRequest request = engine.deleteTopicAsync("u");
            cycles(engine);
            assertEquals(0, request.code());
            shard.room = 10;
            run(engine, request);
            assertEquals(List.of(), shard.closing, "the listener never heard of it");
            assertEquals(2, shard.opened.size());
            assertSame(engine.partition("t", 1), shard.opened.get(1));
        }
    }
}
