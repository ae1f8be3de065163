package io.epona.client;

import io.epona.transport.ScriptedCluster;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static io.epona.transport.ScriptedCluster.TOPIC;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

/**
 * Which brokers are asked for a topic, with sessions to three of them, on one thread.
 */
class TopicLookupsTest extends InvokedClientFixture
{
    private static final int BROKERS = 3;

    private final List<Integer> leaders = new ArrayList<>();
    private final ScriptedCluster cluster = new ScriptedCluster(1);
    private final ClientRuntime client = new ClientRuntime(context());
    private final TopicLookups lookups = new TopicLookups(client, this::onTopic);

    private EponaClient.Context context()
    {
        final EponaClient.Context context = context("epona:udp?endpoint=broker-1:1001")
            .connectors(cluster::connector)
            .brokerInvoker(cluster::poll);
        context.conclude();
        return context;
    }

    private void onTopic(final String name, final ClusterMetadata.Topic topic, final long nowNs)
    {
        assertEquals(TOPIC, name);
        assertNotNull(topic);
        leaders.add(topic.leaders()[0]);
    }

    @BeforeEach
    void connectToAll()
    {
        client.awaitSession();
        lookups.request(TOPIC);
        awaitAnswers(1);
        await("sessions with all", () -> BROKERS == client.brokers().openCount());
        leaders.clear();
    }

    @AfterEach
    void close()
    {
        client.close();
    }

    @Override
    void invoke()
    {
        client.invoke();
        lookups.poll(clock.nanoTime());
    }

    private void awaitAnswers(final int count)
    {
        await(count + " answers", () -> count == leaders.size());
    }

    @Test
    void shouldAskTheNextBrokerWhereOneIsStartingOrStopping()
    {
        cluster.lead(0, 2);
        cluster.starting(1, Integer.MAX_VALUE);
        cluster.starting(3, Integer.MAX_VALUE);
        for (int i = 1; i <= BROKERS; i++)
        {
            // nobody asks again: what is asked for once is answered, whoever comes first
            lookups.request(TOPIC);
            awaitAnswers(i);
        }
        assertEquals(List.of(2, 2, 2), leaders);
    }

    @Test
    void shouldLeaveItToWhoeverAsksAgainWhereAllBrokersRefuse()
    {
        for (int id = 1; id <= BROKERS; id++)
        {
            cluster.starting(id, 1);
        }
        final long before = lookups.asked();
        lookups.request(TOPIC);
        await("each of them asked", () -> before + BROKERS == lookups.asked());
        lookups.request(TOPIC);
        awaitAnswers(1);
        assertEquals(before + BROKERS + 1, lookups.asked());
    }
}
