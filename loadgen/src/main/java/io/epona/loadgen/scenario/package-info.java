/**
 * What is to be run: scenarios, their strict reading and their resolved form.
 */
package io.epona.loadgen.scenario;
