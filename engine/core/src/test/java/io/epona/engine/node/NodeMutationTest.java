package io.epona.engine.node;

import io.epona.codecs.ResultCode;
import io.epona.engine.cluster.Uuid;
import io.epona.engine.node.TestCluster.Host;
import io.epona.engine.replica.ProtocolMutation;
import io.epona.engine.replica.ReplicaShard;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Each planted bug of a broker does what it says, where the broker without it does right.
 */
class NodeMutationTest
{
    @TempDir
    Path directory;
    private TestCluster cluster;

    @BeforeEach
    void setUp()
    {
        cluster = new TestCluster(directory, 3);
    }

    @Test
    void aMarkerLeftBehindIsBelievedByTheMutationAlone()
    {
        assertEquals(true, isCleanAfterBoot(ProtocolMutation.M13));
    }

    @Test
    void aMarkerIsBelievedOnce()
    {
        assertEquals(false, isCleanAfterBoot(ProtocolMutation.NONE));
    }

    private boolean isCleanAfterBoot(final ProtocolMutation mutation)
    {
        final Host host = cluster.host(2);
        host.mutation = mutation;
        cluster.startAll();
        cluster.createTopic("orders", 3, Map.of());
        host.node.stop();
        cluster.await("it is stopped", () -> NodePhase.STOPPED == host.node.phase());
        host.kill();
        host.start();
        cluster.await("it serves", () -> host.node.isServing());
        final int cleanSince = cluster.cleanSince(2);

        host.kill();
        host.client.expire();
        host.bootId = new Uuid(2, 2);
        host.start();
        cluster.await("it serves again", () -> host.node.isServing());

        return cleanSince == cluster.cleanSince(2);
    }

    @Test
    void anAppendToADeletedTopicIsRefused()
    {
        assertEquals(ResultCode.UNKNOWN_TOPIC.code(), appendToDeleted(ProtocolMutation.NONE));
    }

    @Test
    void theMutationThatIgnoresTopicIdsAppendsItToTheTopicOfThatName()
    {
        assertEquals(0, appendToDeleted(ProtocolMutation.M20));
    }

    private long appendToDeleted(final ProtocolMutation mutation)
    {
        cluster.hosts.values().forEach((host) -> host.mutation = mutation);
        cluster.startAll();
        final long former = cluster.createTopic("orders", 3, Map.of());
        cluster.controller().node.deleteTopic("orders", (refusal, id, message) -> assertEquals(null, refusal));
        cluster.await("it is gone", () -> cluster.hosts.values().stream()
            .allMatch((host) -> host.node.logs().isEmpty()));
        final long topicId = cluster.createTopic("orders", 3, Map.of());
        assertTrue(topicId > former);

        return cluster.leader(topicId).produce(former, 1, ReplicaShard.ACKS_LEADER, 1);
    }
}
