/**
 * The commands that start a cluster on one machine, and look at and steer one through ZooKeeper, with no broker alive
 * too.
 */
package io.epona.broker.cli.cluster;
