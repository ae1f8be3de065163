package io.epona.broker;

import io.epona.broker.cli.EponaCommands;
import io.epona.broker.cli.ExitCodes;
import io.epona.client.EponaClient;
import io.epona.client.TopicDescription;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What operators do with a cluster that runs. */
class ClusterOperationsTest extends BrokersFixture
{
    private final EponaCommands commands = new EponaCommands();

    private String run(final int code, final String zooKeeper, final String... arguments)
    {
        final List<String> all = new ArrayList<>(List.of("cluster"));
        all.addAll(List.of(arguments));
        all.add("--zookeeper");
        all.add(zooKeeper);
        assertEquals(code, commands.run(all.toArray(new String[0])), commands::err);

        return commands.out();
    }

    private List<Integer> replicas(final String topic, final int partition)
    {
        try (EponaClient client = brokers.connect(0))
        {
            return client.admin().describeTopic(topic).partitions().get(partition).replicas().stream()
                .map(TopicDescription.Replica::brokerId).toList();
        }
    }

    @Test
    void givesABrokerThatWasAddedNewPartitionsAndOnDemandItsShareOfTheOldOnes()
    {
        brokers.start();
        brokers.start();
        brokers.createTopic("old", 3, 2, "1");
        for (int i = 0; i < 3; i++)
        {
            brokers.awaitLeader("old", i, 2);
        }
        try (NumberedRecords records = new NumberedRecords(brokers.connectToAll(), "old"))
        {
            records.send(RECORDS);
            records.settle();
            brokers.start();
            brokers.createTopic("new", 3, 2, "1");
            int held = 0;
            for (int i = 0; i < 3; i++)
            {
                brokers.awaitLeader("new", i, 2);
                held += replicas("new", i).contains(2) ? 1 : 0;
            }
            assertTrue(held > 0, "the third broker holds nothing");

            // Of 12 replicas on three brokers it gets four, of 6 partitions it leads two.
            assertEquals(
                "broker 2 leads 2 of 6 partitions and holds 4 replicas\n",
                run(ExitCodes.OK, brokers.zooKeeper().connectString(), "drain", "2", "--undo", "--replicas"));
            records.send(RECORDS);
            records.settle();
            assertTrue(
                run(ExitCodes.OK, brokers.zooKeeper().connectString(), "status")
                    .contains("partitions  6, all led and in sync"),
                commands::out);
        }
    }

    @Test
    void keepsAClusterBelowAPathForThoseWhoHaveItsPassword()
    {
        final String path = brokers.zooKeeper().connectString() + "/base/of-many";
        brokers.connectStrings((brokerId) -> "operator:secret@" + path);
        brokers.startWithTopic(2, "orders");
        try (NumberedRecords records = new NumberedRecords(brokers.connectToAll(), "orders"))
        {
            records.send(RECORDS);
            records.settle();
        }
        assertTrue(run(ExitCodes.OK, "operator:secret@" + path, "status").contains("all led and in sync"));
        run(ExitCodes.USAGE, path, "status");
        run(ExitCodes.USAGE, "operator:wrong@" + path, "status");
        run(ExitCodes.USAGE, "operator:secret@" + brokers.zooKeeper().connectString(), "status");
    }
}
