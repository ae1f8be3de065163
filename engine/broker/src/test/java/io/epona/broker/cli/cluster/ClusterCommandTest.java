package io.epona.broker.cli.cluster;

import io.epona.broker.cli.EponaCommands;
import io.epona.broker.cli.ExitCodes;
import io.epona.coordination.EmbeddedZooKeeper;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The commands that look at and steer a cluster, on a real ZooKeeper and with real controllers.
 */
class ClusterCommandTest
{
    private static final long TOPIC_ID = 1;

    @TempDir
    private Path dir;
    private EmbeddedZooKeeper zooKeeper;
    private Members members;
    private final EponaCommands commands = new EponaCommands();

    @BeforeEach
    void start()
    {
        zooKeeper = EmbeddedZooKeeper.launch(dir, "127.0.0.1", 0);
        members = new Members(zooKeeper.connectString());
    }

    @AfterEach
    void stop()
    {
        members.close();
        zooKeeper.close();
    }

    private void startThree()
    {
        members.start(1, true).start(2, true).start(3, true);
    }

    /** Run a command of the cluster and see how it ends. */
    private String run(final int expectedCode, final String line)
    {
        final String[] arguments = ("cluster " + line + " --zookeeper " + zooKeeper.connectString()).split(" ");
        assertEquals(expectedCode, commands.run(arguments), commands::err);
        if (ExitCodes.OK == expectedCode)
        {
            assertEquals("", commands.err());
        }
        return commands.out();
    }

    private void assertSays(final String text, final String... parts)
    {
        for (final String part : parts)
        {
            assertTrue(text.contains(part), () -> part + " is not in: " + text);
        }
    }

    @Test
    void showsTheStateWithNoBrokerAlive()
    {
        startThree();
        members.create("orders", 12, 3, 2);
        members.close();

        final String text = run(ExitCodes.OK, "state");
        assertSays(
            text,
            "/cluster_id              v0   clusterId=00000000000000010000000000000002",
            "cleanSince=0 durableSince=0 directories=00000000000000030000000000000000",
            "topicId=1 partitions=12 replicationFactor=3 config=retention.ms=1000",
            "/state/1/0               v0   leader=",
            "isr=1:1,2:1,3:1 elr=- lastKnownElr=- minIsr=2",
            "nextId=2");
        assertFalse(text.contains("/brokers/ids/1"), text);
        assertTrue(text.indexOf("/state/1/2 ") < text.indexOf("/state/1/10 "), text);

        final List<String> json = run(ExitCodes.OK, "state /state/1/10 --json").lines().toList();
        assertEquals(1, json.size());
        assertSays(
            json.get(0),
            "{\"type\":\"partition\",\"path\":\"/state/1/10\",\"version\":0,\"leader\":",
            "\"isr\":[{\"broker\":1,\"brokerEpoch\":1},{\"broker\":2,\"brokerEpoch\":1},",
            "\"elr\":[],", "\"recovering\":false", "\"replicas\":[", "}");
        assertSays(
            run(ExitCodes.OK, "state /topics --json"),
            "{\"type\":\"folder\",\"path\":\"/topics\",\"version\":0}\n",
            "{\"type\":\"topic\",\"path\":\"/topics/orders\",\"version\":0,\"topicId\":1,\"partitions\":12," +
            "\"replicationFactor\":3,\"config\":{\"retention.ms\":\"1000\"}}\n");
    }

    @Test
    void showsWhatOnlyARunningClusterHas()
    {
        members.start(1, true);
        final String json = run(ExitCodes.OK, "state /brokers/ids --json");
        assertSays(
            json, "{\"type\":\"broker\",\"path\":\"/brokers/ids/1\",\"version\":0,\"session\":\"",
            "\"running\":true,\"host\":\"127.0.0.1\",\"port\":9001,");
        assertSays(run(ExitCodes.OK, "state /controller"), "broker=1 brokerEpoch=1 controllerEpoch=1  (session ");
    }

    @Test
    void showsADamagedValueAndTheOthers()
    {
        startThree();
        members.create("orders", 2, 3, 2);
        members.close();
        Members.write(zooKeeper.connectString(), "/brokers/epochs/2", new byte[]{ 1, 2, 3 });
        assertSays(
            run(ExitCodes.VIOLATION, "state /brokers/epochs"),
            "/brokers/epochs/2        v2   damaged=the value of /brokers/epochs/2 is damaged", "/brokers/epochs/3");
        Members.write(zooKeeper.connectString(), "/state/1/0", new byte[]{ 1, 2, 3 });
        run(ExitCodes.VIOLATION, "status");
        assertSays(commands.err(), "the value of /state/1/0 is damaged", "`cluster state` shows what can be read");
    }

    @Test
    void tellsHowTheClusterIs()
    {
        startThree();
        members.create("orders", 3, 3, 2);
        assertSays(
            run(ExitCodes.OK, "status"), "controller  broker ", "partitions  3, all led and in sync",
            "1       1     running   127.0.0.1:9001 ");

        members.stop(2);
        members.stop(3);
        members.awaitLeader(TOPIC_ID, 0, 1);
        members.awaitLeader(TOPIC_ID, 1, 1);
        members.awaitLeader(TOPIC_ID, 2, 1);
        assertSays(
            run(ExitCodes.OK, "status"),
            "2       1     gone      -  ",
            "partitions  3: 0 without leader, 3 with replicas out of sync, of these 3 below min.insync.replicas",
            "  orders-0             leader 1    epoch ", "isr 1  elr ");
    }

    @Test
    void givesALeadershipBackToThePreferredReplica()
    {
        startThree();
        members.create("orders", 3, 3, 2);
        final int preferred = members.state(TOPIC_ID, 0).replicas().get(0);
        final int second = members.state(TOPIC_ID, 0).replicas().get(1);
        assertSays(run(ExitCodes.OK, "elect-leader"), "elected 0 of 0 leaders");
        members.stop(preferred);
        members.awaitLeader(TOPIC_ID, 0, second);
        assertSays(
            run(ExitCodes.OK, "elect-leader --topic orders --partition 0"),
            "elected 0 of 1 leaders",
            "  orders-0 is led by broker " + second + ": broker " + preferred + " does not run or is not in sync");

        members.start(preferred, true);
        members.expand(TOPIC_ID, 0, preferred);
        assertSays(run(ExitCodes.OK, "elect-leader --topic orders"), "elected 1 of 1 leaders");
        assertEquals(preferred, members.state(TOPIC_ID, 0).leader());
        assertFalse(run(ExitCodes.OK, "state /admin").contains("preferred/"), commands.out());
    }

    @Test
    void electsAReplicaThatMayLackRecordsOnlyWhereItIsNamed()
    {
        startThree();
        members.create("orders", 1, 3, 2);
        run(ExitCodes.USAGE, "elect-leader --unclean --topic orders --partition 0");
        assertSays(commands.err(), "orders-0 is led by broker");
        members.close();

        members = new Members(zooKeeper.connectString());
        members.start(2, false).start(3, false);
        members.awaitLeader(TOPIC_ID, 0, -1);
        assertSays(run(ExitCodes.OK, "status"), "1 without leader", "last known elr ");
        run(ExitCodes.USAGE, "elect-leader --unclean --topic orders --partition 0");
        assertSays(commands.err(), "run on brokers [", "say with --broker which one shall lead");
        run(ExitCodes.USAGE, "elect-leader --unclean --topic orders --partition 0 --broker 1");
        assertSays(commands.err(), "broker 1 runs no replica of orders-0");

        assertSays(
            run(ExitCodes.OK, "elect-leader --unclean --topic orders --partition 0 --broker 3"),
            "orders-0 is led by broker 3 in epoch ", "what it did not have is lost");
        assertEquals(3, members.state(TOPIC_ID, 0).leader());
    }

    @Test
    void takesLeadershipsFromABroker()
    {
        startThree();
        members.create("orders", 6, 3, 2);
        assertSays(run(ExitCodes.OK, "drain 2"), "broker 2 leads nothing and holds 6 replicas");
        for (int partition = 0; partition < 6; partition++)
        {
            assertTrue(2 != members.state(TOPIC_ID, partition).leader());
            assertEquals(2, members.state(TOPIC_ID, partition).replicas().get(2));
            assertEquals(3, members.state(TOPIC_ID, partition).isr().size());
        }
        assertSays(run(ExitCodes.OK, "elect-leader"), "elected 0 of 0");

        assertSays(run(ExitCodes.OK, "drain 2 --undo"), "broker 2 leads 2 of 6 partitions and holds 6 replicas");
        assertSays(run(ExitCodes.OK, "drain 2 --undo"), "broker 2 leads 2 of 6 partitions and holds 6 replicas");
        assertSays(run(ExitCodes.OK, "elect-leader"), "elected 0 of 0");
        assertSays(run(ExitCodes.OK, "drain 2"), "broker 2 leads nothing and holds 6 replicas");

        run(ExitCodes.INFRASTRUCTURE, "drain 2 --replicas");
        assertSays(commands.err(), "broker 2 leads nothing, but still holds 6 replicas: too few other brokers run");
        run(ExitCodes.USAGE, "drain 7");
        assertSays(commands.err(), "there is no broker 7: the cluster knows [1, 2, 3]");
    }

    @Test
    void asksForReplicasToMove()
    {
        startThree();
        members.create("orders", 2, 2, 1);
        members.start(4, true);
        // Without logs nothing catches up by itself: the move is begun, and stays asked for.
        run(ExitCodes.INFRASTRUCTURE, "drain 1 --replicas --timeout 1");
        assertSays(commands.err(), "not done after 1 s: the controller goes on with it");
        boolean isMoved = false;
        for (int partition = 0; partition < 2; partition++)
        {
            if (members.state(TOPIC_ID, partition).removing().contains(1))
            {
                isMoved = true;
                final int added = members.state(TOPIC_ID, partition).adding().get(0);
                members.expand(TOPIC_ID, partition, added);
            }
        }
        assertTrue(isMoved);
        assertSays(
            run(ExitCodes.OK, "drain 1 --replicas"),
            "broker 1 leads nothing and holds nothing: it can be stopped for good");
    }

    @Test
    void keepsARequestThatNobodyDoes()
    {
        startThree();
        members.create("orders", 3, 3, 2);
        members.close();
        run(ExitCodes.INFRASTRUCTURE, "drain 1 --timeout 1");
        assertSays(commands.err(), "no controller has dealt with it within 1 s: what is asked for stays");
        assertSays(run(ExitCodes.OK, "state /admin/reassign"), "/admin/reassign/1-", "target=");

        members = new Members(zooKeeper.connectString());
        startThree();
        for (int partition = 0; partition < 3; partition++)
        {
            // Who was started first is alone in the isr now.
            members.expand(TOPIC_ID, partition, 2);
        }
        assertSays(run(ExitCodes.OK, "drain 1"), "broker 1 leads nothing and holds 3 replicas");
        assertFalse(run(ExitCodes.OK, "state /admin").contains("reassign/"), commands.out());
    }

    @Test
    void namesWhatIsNotThere()
    {
        assertEquals(
            ExitCodes.USAGE, commands.run("cluster", "status", "--zookeeper", zooKeeper.connectString()));
        assertSays(commands.err(), "knows no cluster 'epona': name another with --cluster, or start its first broker");
        members.start(1, true);
        run(ExitCodes.USAGE, "status --cluster other");
        assertSays(commands.err(), "knows no cluster 'other'");
        run(ExitCodes.USAGE, "state /nothing");
        assertSays(commands.err(), "there is no node /nothing");
        run(ExitCodes.USAGE, "elect-leader --topic none");
        assertSays(commands.err(), "there is no topic 'none'");
    }

    @Test
    void waitsForZooKeeperAndThenSaysThatItIsNotThere()
    {
        final String connect = zooKeeper.connectString();
        members.close();
        zooKeeper.close();
        assertEquals(
            ExitCodes.INFRASTRUCTURE,
            commands.run("cluster", "status", "--zookeeper", "user:secret@" + connect, "--timeout", "3"));
        assertEquals("", commands.out());
        assertEquals(
            List.of(
                "waiting for ZooKeeper at " + connect + " ...",
                "epona cluster status: no ZooKeeper server of " + connect +
                " was reached within 3 s: check --zookeeper, and that the servers run"),
            commands.err().lines().toList());
    }

    @Test
    void saysThatCredentialsAreWrong()
    {
        members.close();
        final String below = zooKeeper.connectString() + "/path";
        members = new Members("user:secret@" + below);
        members.start(1, true);
        assertEquals(
            ExitCodes.OK, commands.run("cluster", "status", "--zookeeper", "user:secret@" + below), commands::err);
        assertEquals(ExitCodes.USAGE, commands.run("cluster", "status", "--zookeeper", below));
        assertSays(commands.err(), "ZooKeeper refuses access to ", "check the credentials in --zookeeper");
    }
}
