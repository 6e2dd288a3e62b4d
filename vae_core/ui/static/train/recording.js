// The recording of a training as the server writes it: vae_core/training/recording.py.

import { Safetensors } from "../decoder/safetensors.js";

/** @import { HistoryRow } from "./curves.js" */

/**
 * What a recording says besides its snapshots.
 * @typedef {object} RecordingHeader
 * @property {HistoryRow[]} rows the point of the curves at each snapshot
 * @property {HistoryRow[]} history the points of the curves
 * @property {boolean} [active] whether the training continues
 * @property {string} [name] the model's name
 * @property {string} dataset the data set, as addresses name it
 * @property {string[]} classes
 * @property {string[]} factorNames
 * @property {number[]} shape channels, height and width of an image
 * @property {number} latentDim
 * @property {boolean} standardPrior
 * @property {string} labels the class of each image on the map, as base64 bytes
 * @property {string} originals the images that are reconstructed, as base64 bytes
 */

/**
 * What a training showed at one step.
 * @typedef {object} Snapshot
 * @property {HistoryRow} row the point of the curves
 * @property {Float32Array} points x, y, x, y, … of the images on the map
 * @property {Float32Array} kl of each dimension, in nats
 * @property {Uint8Array} reconstructions image by image
 * @property {Uint8Array} samples image by image
 */

export class Recording {
  /** @param {ArrayBuffer} buffer a file of the server */
  constructor(buffer) {
    const file = new Safetensors(buffer);
    const floats = (/** @type {string} */ name) => (file.has(name) ? file.floats(name) : new Float32Array(0));
    const bytes = (/** @type {string} */ name) => (file.has(name) ? file.bytes(name) : new Uint8Array(0));
    this.header = /** @type {RecordingHeader} */ (file.header);
    this.rows = this.header.rows;
    this.count = this.rows.length; // of snapshots; without any the file has no arrays
    this.points = floats("points");
    this.kl = floats("kl");
    this.reconstructions = bytes("reconstructions");
    this.samples = bytes("samples");
  }

  /**
   * Return a snapshot.
   * @param {number} i
   * @returns {Snapshot} views of the arrays of all snapshots
   */
  snapshot(i) {
    return {
      row: this.rows[i],
      points: this.part(this.points, i),
      kl: this.part(this.kl, i),
      reconstructions: this.part(this.reconstructions, i),
      samples: this.part(this.samples, i),
    };
  }

  /**
   * @template {Float32Array | Uint8Array} T
   * @param {T} array
   * @param {number} i
   * @returns {T} the part of snapshot i
   */
  part(array, i) {
    const size = array.length / this.count;
    return /** @type {T} */ (array.subarray(i * size, (i + 1) * size));
  }
}
